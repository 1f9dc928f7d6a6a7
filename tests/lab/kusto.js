// Reads {"tables": {NAME: "(column: type, ...)"}, "queries": [TEXT]} and writes, for each query, what Microsoft's own
// Kusto parser has to say against it in a workspace that has these tables.
"use strict";

const fs = require("fs");

require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");

const { GlobalState, KustoCode, Symbols } = Kusto.Language;

const { tables, queries } = JSON.parse(fs.readFileSync(0, "utf8"));
const symbols = Object.entries(tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const workspace = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("workspace", symbols, false));

function problems(query) {
  const found = KustoCode.ParseAndAnalyze(query, workspace).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, position) => found.getItem(position).Message);
}

process.stdout.write(JSON.stringify(queries.map(problems)));
