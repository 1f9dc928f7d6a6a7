// A plain substitute: Grafana's state timeline is not in its libraries.
import { dateTimeFormat, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

import { Empty } from './empty';

const CHARACTER = 6.7;
const TICK = 90;
const AXIS = 22;
const LEGEND = 24;

export function StateTimeline({ panel, frames, range, width, height }) {
  const theme = useTheme2();
  if (!frames.length) {
    return <Empty {...{ panel, width, height }} />;
  }
  const { perPage = 20 } = panel.options;
  const rows = frames.slice(0, perPage).map((frame) => {
    const [time, field] = frame.fields;
    return { name: getFieldDisplayName(field, frame, frames), blocks: merged(time.values, field, range) };
  });
  const states = new Map(rows.flatMap(({ blocks }) => blocks.map(({ text, color }) => [text, color])));
  const high = (height - AXIS - LEGEND) / rows.length;
  const labels = 16 + CHARACTER * Math.max(...rows.map(({ name }) => name.length));
  const plot = width - labels;
  const left = (at) => labels + ((at / 1000 - range.from) / (range.to - range.from)) * plot;
  const style = { font: `12px ${theme.typography.fontFamily}`, fill: theme.colors.text.primary };
  const count = Math.max(1, Math.floor(plot / TICK));
  const ticks = Array.from({ length: count }, (_, index) => range.from + ((index + 0.5) * (range.to - range.from)) / count);
  return (
    <div data-substitute="state-timeline" style={{ width, height }}>
      <svg width={width} height={height - LEGEND} style={{ display: 'block' }}>
        {rows.map(({ name, blocks }, row) => (
          <g key={name}>
            <text x={labels - 8} y={row * high + high / 2 + 4} textAnchor="end" style={style}>
              {name}
            </text>
            {blocks.map(({ from, to, color }) => (
              <rect
                key={from}
                x={left(from)}
                width={Math.max(left(to) - left(from), 1)}
                y={row * high + high * 0.1}
                height={high * 0.8}
                fill={color}
                fillOpacity={0.8}
              />
            ))}
          </g>
        ))}
        {ticks.map((tick) => (
          <text key={tick} x={left(tick * 1000)} y={height - LEGEND - 6} textAnchor="middle" style={style}>
            {dateTimeFormat(tick * 1000, { format: 'HH:mm', timeZone: 'utc' })}
          </text>
        ))}
      </svg>
      <div style={{ height: LEGEND, display: 'flex', gap: 16, alignItems: 'center', fontSize: 12 }}>
        {[...states].map(([text, color]) => (
          <span key={text} style={{ whiteSpace: 'nowrap' }}>
            <i style={{ display: 'inline-block', width: 14, height: 4, borderRadius: 2, background: color, marginRight: 6 }} />
            {text}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Neighbouring values with the same text, as one block that ends where the next one begins. */
function merged(times, field, range) {
  const blocks = [];
  const step = times.length > 1 ? times[1] - times[0] : 0;
  times.forEach((time, index) => {
    const value = field.values[index];
    if (value === null) {
      return;
    }
    const shown = field.display(value);
    const text = formattedValueToString(shown);
    const from = Math.max(time, range.from * 1000);
    const to = Math.min(time + step, range.to * 1000);
    const last = blocks.at(-1);
    if (last && last.text === text && last.to >= from) {
      last.to = to;
    } else {
      blocks.push({ from, to, text, color: shown.color });
    }
  });
  return blocks;
}
