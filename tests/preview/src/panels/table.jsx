// Grafana's table.
import { TableNG } from '@grafana/ui/unstable';

import { Empty } from './empty';

export function Table({ panel, frames, width, height }) {
  const [frame] = frames;
  if (!frame?.length) {
    return <Empty {...{ panel, width, height }} />;
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      cellHeight={panel.options.cellHeight}
      initialSortBy={panel.options.sortBy}
      fieldConfig={panel.fieldConfig}
      enableVirtualization={false}
      getActions={() => []}
    />
  );
}
