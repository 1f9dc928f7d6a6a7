// A plain substitute: Grafana's heatmap is not in its libraries.
import { dateTimeFormat, formattedValueToString, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

import { Empty } from './empty';

const LABELS = 70;
const AXIS = 22;
const TICKS = 6;
const LEAST = 14;

export function Heatmap({ panel, frames, range, width, height }) {
  const theme = useTheme2();
  const [frame] = frames;
  if (!frame?.length) {
    return <Empty {...{ panel, width, height }} />;
  }
  const [time, ...buckets] = frame.fields;
  const unit = getValueFormat(panel.options.yAxis?.unit ?? panel.fieldConfig.defaults.unit);
  const name = (bucket) => (Number.isFinite(Number(bucket.name)) ? formattedValueToString(unit(Number(bucket.name))) : bucket.name);
  const most = Math.max(1e-9, ...buckets.flatMap((bucket) => bucket.values.filter((value) => value !== null)));
  const high = (height - AXIS) / buckets.length;
  const wide = (width - LABELS) / time.values.length;
  const style = { font: `12px ${theme.typography.fontFamily}`, fill: theme.colors.text.primary };
  const each = Math.ceil(LEAST / high);
  const ticks = Array.from({ length: TICKS }, (_, index) => (index + 0.5) / TICKS);
  return (
    <div data-substitute="heatmap">
      <svg width={width} height={height} style={{ display: 'block' }}>
        {buckets.map((bucket, row) => {
          const top = height - AXIS - (row + 1) * high;
          return (
            <g key={bucket.name}>
              {row % each === 0 && (
                <text x={LABELS - 8} y={top + high / 2 + 4} textAnchor="end" style={style}>
                  {name(bucket)}
                </text>
              )}
              {bucket.values.map((value, index) =>
                value ? (
                  <rect
                    key={index}
                    x={LABELS + index * wide}
                    y={top}
                    width={Math.max(wide - 1, 1)}
                    height={Math.max(high - 1, 1)}
                    fill={theme.visualization.getColorByName('orange')}
                    fillOpacity={Math.sqrt(value / most)}
                  />
                ) : null
              )}
            </g>
          );
        })}
        {ticks.map((part) => (
          <text key={part} x={LABELS + part * (width - LABELS)} y={height - 6} textAnchor="middle" style={style}>
            {dateTimeFormat((range.from + part * (range.to - range.from)) * 1000, { format: 'HH:mm', timeZone: 'utc' })}
          </text>
        ))}
      </svg>
    </div>
  );
}
