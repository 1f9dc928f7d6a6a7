// A dashboard: its head, and its panels on Grafana's grid of 24 columns.
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { dateTimeFormat } from '@grafana/data';
import { Icon, useTheme2 } from '@grafana/ui';

import { Panel } from './panel';
import { named, withValue } from './variables';

const CELL = 30;
const GAP = 8;
const COLUMNS = 24;
const MARGIN = 16;

export function Board({ board, prometheus, range, variables, open, only }) {
  const theme = useTheme2();
  const [width, setWidth] = useState(0);
  const element = useRef(null);
  const waiting = useRef(new Set());
  const items = rowOf(placed(board, variables, open), only);
  useLayoutEffect(() => setWidth(element.current.clientWidth - 2 * MARGIN), []);
  useEffect(() => {
    items.filter((item) => item.panel.type !== 'row').forEach((item) => waiting.current.add(item.key));
  }, []);
  const drawn = (key) => {
    waiting.current.delete(key);
    document.body.dataset.state = waiting.current.size ? 'drawing' : 'drawn';
  };
  const column = (width + GAP) / COLUMNS;
  const height = Math.max(...items.map(({ place }) => (place.y + place.h) * (CELL + GAP)));
  return (
    <main ref={element} style={{ background: theme.colors.background.canvas, padding: MARGIN }}>
      <Head board={board} range={range} variables={variables} />
      <div style={{ position: 'relative', height }}>
        {width > 0 &&
          items.map(({ key, panel, place, variables: own }) => (
            <div
              key={key}
              data-panel={panel.title}
              data-kind={panel.type}
              style={{
                position: 'absolute',
                left: place.x * column,
                top: place.y * (CELL + GAP),
                width: place.w * column - GAP,
                height: place.h * (CELL + GAP) - GAP,
              }}
            >
              {panel.type === 'row' ? (
                <RowTitle title={named(panel.title, own)} folded={panel.collapsed && !open} />
              ) : (
                <Panel
                  {...{ panel, prometheus, range }}
                  variables={own}
                  width={place.w * column - GAP}
                  height={place.h * (CELL + GAP) - GAP}
                  onDrawn={() => drawn(key)}
                />
              )}
            </div>
          ))}
      </div>
    </main>
  );
}

/** Every row and panel with its place; a row that repeats appears for each value, folded unless `open`. */
function placed(board, variables, open) {
  const found = [];
  let shift = 0;
  for (const panel of board.panels) {
    const { gridPos } = panel;
    const values = panel.repeat ? variables[panel.repeat].chosen : [null];
    values.forEach((value, index) => {
      const own = value === null ? variables : withValue(variables, panel.repeat, value);
      const inside = open && panel.collapsed ? panel.panels : [];
      const top = gridPos.y + shift;
      found.push({ key: `${panel.id}-${index}`, panel, place: { ...gridPos, y: top }, variables: own });
      for (const one of inside) {
        const y = top + one.gridPos.y - gridPos.y;
        found.push({ key: `${one.id}-${index}`, panel: one, place: { ...one.gridPos, y }, variables: own });
      }
      const bottom = Math.max(1, ...inside.map((one) => one.gridPos.y + one.gridPos.h - gridPos.y));
      shift += bottom - (index === values.length - 1 ? 1 : 0);
    });
  }
  return found;
}

/** The items of the row with this heading, moved to the top; all without one. */
function rowOf(items, heading) {
  const isRow = ({ panel }) => panel.type === 'row';
  const first = items.findIndex((item) => isRow(item) && named(item.panel.title, item.variables) === heading);
  if (first < 0) {
    return items;
  }
  const next = items.findIndex((item, index) => index > first && isRow(item));
  const { y } = items[first].place;
  return items
    .slice(first, next < 0 ? undefined : next)
    .map((item) => ({ ...item, place: { ...item.place, y: item.place.y - y } }));
}

function Head({ board, range, variables }) {
  const theme = useTheme2();
  const box = {
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    background: theme.components.input.background,
    padding: '4px 8px',
    whiteSpace: 'nowrap',
  };
  const when = (seconds) => dateTimeFormat(seconds * 1000, { format: 'YYYY-MM-DD HH:mm', timeZone: 'utc' });
  const shown = Object.values(variables).filter((variable) => !variable.hide);
  return (
    <header style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', marginBottom: 8 }}>
      <h1 style={{ ...theme.typography.h4, margin: 0, marginRight: 16 }}>{board.title}</h1>
      {shown.map(({ name, label, chosen, all }) => (
        <span key={name} style={box}>
          <strong style={{ fontWeight: 500 }}>{label}</strong> {all ? 'All' : chosen.join(' + ')}
        </span>
      ))}
      <span style={{ ...box, marginLeft: 'auto' }}>
        {when(range.from)} to {when(range.to)} UTC
      </span>
    </header>
  );
}

function RowTitle({ title, folded }) {
  const theme = useTheme2();
  return (
    <div style={{ ...theme.typography.h6, display: 'flex', alignItems: 'center', gap: 6, height: '100%' }}>
      <Icon name={folded ? 'angle-right' : 'angle-down'} /> {title}
    </div>
  );
}
