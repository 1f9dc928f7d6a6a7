import { createRoot } from 'react-dom/client';

import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';

import { Board } from './board';
import { Prometheus } from './prometheus';
import { register } from './registries';
import { resolve } from './variables';

/** `?board=NAME&prometheus=PATH&to=SECONDS&hours=6&theme=dark&open=1&only=ROW&var-NAME=VALUE` */
async function main() {
  const parameters = new URLSearchParams(window.location.search);
  const to = Number(parameters.get('to') ?? Date.now() / 1000);
  const range = { from: to - 3600 * Number(parameters.get('hours') ?? 6), to };
  const prometheus = new Prometheus(parameters.get('prometheus') ?? '/prometheus');
  const response = await fetch(`/boards/${parameters.get('board')}.json`);
  const board = await response.json();
  const wanted = Object.fromEntries(
    [...parameters].filter(([name]) => name.startsWith('var-')).map(([name, value]) => [name.slice(4), value])
  );
  const variables = await resolve(board, prometheus, range, wanted);
  const theme = createTheme({ colors: { mode: parameters.get('theme') ?? 'dark' } });
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Board {...{ board, prometheus, range, variables }} open={parameters.get('open') === '1'} only={parameters.get('only') ?? ''} />
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

register();
main().catch((error) => {
  document.body.dataset.state = 'failed';
  console.error(error);
});
