// Prometheus' HTTP API, and its answers as Grafana's data frames.
import { FieldType, toDataFrame } from '@grafana/data';

const LARGEST_POINTS = 11000;
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

export class Prometheus {
  constructor(url) {
    this.url = url;
  }

  async get(path, parameters) {
    const query = new URLSearchParams();
    for (const [name, value] of parameters) {
      query.append(name, value);
    }
    const response = await fetch(`${this.url}/api/v1/${path}`, { method: 'POST', body: query });
    const answer = await response.json();
    if (answer.status !== 'success') {
      throw new Error(answer.error ?? `Prometheus answers ${response.status}`);
    }
    return answer.data;
  }

  /** The values of a variable `label_values(SELECTOR, LABEL)`, sorted. */
  async labelValues(definition, range) {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/s.exec(definition);
    const data = await this.get('series', [
      ['match[]', selector],
      ['start', range.from],
      ['end', range.to],
    ]);
    return [...new Set(data.map((series) => series[label] ?? ''))].filter(Boolean).sort();
  }

  /** The frames of one target of a panel. */
  async frames(target, expr, range, step, alone) {
    const end = Math.floor(range.to / step) * step;
    const data = target.instant
      ? await this.get('query', [['query', expr], ['time', range.to]])
      : await this.get('query_range', [['query', expr], ['start', end - (range.to - range.from)], ['end', end], ['step', step]]);
    const grid = target.instant ? [range.to] : times(end - (range.to - range.from), end, step);
    if (target.format === 'table') {
      return [tableFrame(target, data.result, alone)];
    }
    if (target.format === 'heatmap') {
      return heatmapFrame(target, data.result, grid);
    }
    return data.result.map((series) => seriesFrame(target, series, grid));
  }
}

function times(start, end, step) {
  return Array.from({ length: Math.floor((end - start) / step + 1e-6) + 1 }, (_, index) => start + index * step);
}

/** Seconds of `$__interval` in a panel of this width, as Grafana calculates it. */
export function intervalOf(range, points, shortest) {
  const exact = Math.max((range.to - range.from) / Math.min(points, LARGEST_POINTS), shortest);
  return STEPS.find((step) => step >= exact * 0.75) ?? Math.ceil(exact);
}

function legend(target, labels) {
  if (target.legendFormat && target.legendFormat !== '__auto') {
    return target.legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
  }
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return pairs.length ? `${name}{${pairs.join(', ')}}` : name || 'Value';
}

const number = (text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));

/** A value at each step; null where Prometheus has none. */
function onGrid(series, grid) {
  const at = new Map((series.values ?? [series.value]).map(([time, value]) => [Math.round(time * 1000), number(value)]));
  return grid.map((time) => at.get(Math.round(time * 1000)) ?? null);
}

function seriesFrame(target, series, grid) {
  const { __name__: _, ...labels } = series.metric;
  const displayNameFromDS = legend(target, series.metric);
  return toDataFrame({
    refId: target.refId,
    name: displayNameFromDS,
    fields: [
      { name: 'Time', type: FieldType.time, values: grid.map((time) => time * 1000), config: {} },
      { name: 'Value', type: FieldType.number, labels, values: onGrid(series, grid), config: { displayNameFromDS } },
    ],
  });
}

function tableFrame(target, result, alone) {
  const names = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: result.map((series) => series.value[0] * 1000), config: {} },
      ...names.map((name) => ({
        name,
        type: FieldType.string,
        values: result.map((series) => series.metric[name] ?? ''),
        config: { filterable: true },
      })),
      {
        name: alone ? 'Value' : `Value #${target.refId}`,
        type: FieldType.number,
        values: result.map((series) => number(series.value[1])),
        config: {},
      },
    ],
  });
}

/** One field for each bucket, whose values are those of the bucket alone. */
function heatmapFrame(target, result, grid) {
  const bound = (series) => number(series.metric.le);
  const sorted = [...result].sort((one, other) => bound(one) - bound(other));
  const cumulative = sorted.map((series) => onGrid(series, grid));
  if (!sorted.length) {
    return [];
  }
  return [
    toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: grid.map((time) => time * 1000), config: {} },
        ...sorted.map((series, index) => ({
          name: series.metric.le,
          type: FieldType.number,
          config: {},
          values: cumulative[index].map((value, at) =>
            value === null ? null : Math.max(value - (index ? (cumulative[index - 1][at] ?? 0) : 0), 0)
          ),
        })),
      ],
    }),
  ];
}
