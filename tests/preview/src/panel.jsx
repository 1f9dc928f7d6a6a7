// A panel: its queries, Grafana's transformations and overrides, and the visualization.
import { useEffect, useMemo, useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { applyFieldOverrides, cacheFieldDisplayNames, transformDataFrame } from '@grafana/data';
import { PanelChrome, useTheme2 } from '@grafana/ui';

import { Heatmap } from './panels/heatmap';
import { Stat } from './panels/stat';
import { StateTimeline } from './panels/stateTimeline';
import { Table } from './panels/table';
import { Timeseries } from './panels/timeseries';
import { intervalOf } from './prometheus';
import { optionsOf } from './registries';
import { interpolate, named } from './variables';

const KINDS = { stat: Stat, timeseries: Timeseries, table: Table, 'state-timeline': StateTimeline, heatmap: Heatmap };
const SCRAPE = 60;
const SHORTEST = 15;

export function Panel({ panel, prometheus, range, variables, width, height, onDrawn }) {
  const theme = useTheme2();
  const [answer, setAnswer] = useState({ waiting: true });
  useEffect(() => {
    ask(panel, prometheus, range, variables, width).then(
      (frames) => setAnswer({ frames }),
      (error) => setAnswer({ error: String(error.message ?? error) })
    );
  }, []);
  const frames = useMemo(() => answer.frames && overridden(panel, answer.frames, theme), [answer.frames]);
  useEffect(() => {
    if (!answer.waiting) {
      onDrawn();
    }
  }, [answer]);
  const Kind = KINDS[panel.type];
  return (
    <div data-empty={frames ? !frames.some((frame) => frame.length) : undefined} data-error={answer.error}>
      <PanelChrome
        width={width}
        height={height}
        title={named(panel.title, variables)}
        description={panel.description}
        statusMessage={answer.error}
        padding={panel.type === 'table' ? 'none' : 'md'}
      >
        {(innerWidth, innerHeight) =>
          frames ? <Kind {...{ panel, frames, range }} width={innerWidth} height={innerHeight} /> : null
        }
      </PanelChrome>
    </div>
  );
}

async function ask(panel, prometheus, range, variables, width) {
  const points = panel.maxDataPoints ?? Math.floor(width);
  const step = intervalOf(range, points, panel.interval === '2m' ? 120 : SHORTEST);
  const own = {
    __interval: `${step}s`,
    __interval_ms: `${step * 1000}`,
    __rate_interval: `${Math.max(step + SCRAPE, 4 * SCRAPE)}s`,
    __range: `${Math.round(range.to - range.from)}s`,
  };
  const answers = await Promise.all(
    panel.targets.map((target) =>
      prometheus.frames(target, interpolate(target.expr, variables, own), range, step, panel.targets.length === 1)
    )
  );
  return lastValueFrom(transformDataFrame(panel.transformations ?? [], answers.flat()));
}

function overridden(panel, data, theme) {
  const fieldConfig = withDefaults(panel.type, panel.type === 'table' ? ofTodaysTable(panel.fieldConfig) : panel.fieldConfig);
  const frames = applyFieldOverrides({
    data,
    fieldConfig,
    fieldConfigRegistry: optionsOf(fieldConfig),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  cacheFieldDisplayNames(frames);
  return frames;
}

const BY_SERIES = { mode: 'palette-classic' };
const GREEN_UP_TO_80 = { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 80, color: 'red' }] };

/** What Grafana fills in where a dashboard says nothing. */
function withDefaults(type, { defaults, overrides }) {
  const color = type === 'timeseries' ? BY_SERIES : { mode: 'thresholds' };
  return { defaults: { color, thresholds: GREEN_UP_TO_80, ...defaults }, overrides };
}

/** Grafana's table renames two options of older dashboards when it loads them. */
function ofTodaysTable({ defaults, overrides }) {
  const renamed = ({ id, value }) => {
    if (id === 'custom.hidden') {
      return [{ id: 'custom.hideFrom', value: { viz: value } }];
    }
    if (id === 'custom.cellOptions' && value.wrapText) {
      return [{ id, value }, { id: 'custom.wrapText', value: true }];
    }
    return [{ id, value }];
  };
  return {
    defaults,
    overrides: overrides.map((override) => ({ ...override, properties: override.properties.flatMap(renamed) })),
  };
}
