// A dashboard's variables: their values, and how they are written into queries, titles and links.

const ALL = '$__all';

const escaped = (text) => text.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');

/** The chosen value of each variable, in order: the wanted one, everything, or the first. */
export async function resolve(board, prometheus, range, wanted) {
  const variables = {};
  for (const definition of board.templating.list) {
    const { name, multi = false, includeAll = false, allValue = '' } = definition;
    if (definition.type === 'datasource') {
      variables[name] = { ...definition, values: ['Prometheus'], chosen: ['Prometheus'], query: 'prometheus' };
      continue;
    }
    const values = await prometheus.labelValues(interpolate(definition.definition, variables), range);
    const all = includeAll && !(name in wanted);
    const chosen = all ? values : [wanted[name] ?? values[0] ?? ''];
    variables[name] = { ...definition, values, chosen, all, query: written(chosen, all ? allValue : '', multi || includeAll) };
  }
  return variables;
}

/** As Grafana's Prometheus data source writes it. */
function written(chosen, allValue, regex) {
  if (allValue) {
    return allValue;
  }
  if (!regex) {
    return chosen[0].replace(/\\/g, '\\\\').replace(/"/g, '\\"');
  }
  const parts = chosen.map(escaped);
  return parts.length === 1 ? parts[0] : `(${parts.join('|')})`;
}

/** The same variables with one value of one of them, as in a repeated row. */
export function withValue(variables, name, value) {
  return { ...variables, [name]: { ...variables[name], chosen: [value], all: false, query: escaped(value) } };
}

export function interpolate(text, variables, more = {}) {
  return text.replace(/\$(\w+)/g, (whole, name) => more[name] ?? variables[name]?.query ?? whole);
}

/** In a title: values as a person reads them. */
export function named(text, variables) {
  const shown = ({ all, chosen }) => (all ? 'All' : chosen.join(' + '));
  return text.replace(/\$\{?(\w+)\}?/g, (whole, name) => (variables[name] ? shown(variables[name]) : whole));
}

export { ALL };
