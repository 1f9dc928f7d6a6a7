// Grafana's graph of time series.
import { dateTime } from '@grafana/data';
import { TimeSeries } from '@grafana/ui';

import { Empty } from './empty';

export const timeRange = ({ from, to }) => {
  const raw = { from: dateTime(from * 1000), to: dateTime(to * 1000) };
  return { ...raw, raw };
};

export function Timeseries({ panel, frames, range, width, height }) {
  if (!frames.length) {
    return <Empty {...{ panel, width, height }} />;
  }
  return (
    <TimeSeries
      frames={frames}
      width={width}
      height={height}
      timeRange={timeRange(range)}
      timeZone="utc"
      legend={panel.options.legend}
      options={panel.options}
    />
  );
}
