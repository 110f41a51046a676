import { listUnbuilt } from "../../src/config/not-built.ts";
import { requestCondition, responseCondition } from "../../src/config/schema/conditions.ts";
import { configSchema } from "../../src/config/schema/root.ts";
import { placeholderNames } from "../../src/core/headers/placeholders.ts";
import * as prose from "./prose.ts";
import { type Row, rowsOf, type Schema, tableOf } from "./schema-table.ts";

/** Writes the reference of the configuration from its schema. */
export function configurationReference(): string {
  requireDescribed();
  const root: Schema = plain(configSchema);
  const routes = routeTypes(root);
  const common = commonRows(routes);
  return [
    prose.INTRODUCTION,
    "## Top level",
    tableOf(rowsOf(root), TOP_LEVEL_LINKS),
    prose.ADDRESSES,
    ...["protocols", "timeouts", "limits", "access_log", "log"].flatMap((key) =>
      blockSection(root, key),
    ),
    "## Routes",
    prose.ROUTES,
    ...routes.flatMap(({ name, rows }) => typeSection(name, rows, common)),
    "### Common keys of proxy and load_balance",
    tableOf(common, COMMON_LINKS),
    prose.PATHS,
    ...routeBlocks(common),
    ...ruleSections(common),
    "## Placeholders",
    prose.PLACEHOLDERS,
    "## Not in this version",
    prose.NOT_BUILT,
    listUnbuilt()
      .map((key) => `- \`${key.replace("routes.*.", "routes.KEY.")}\``)
      .join("\n"),
  ]
    .map((part) => part.trim())
    .join("\n\n")
    .concat("\n");
}

const TOP_LEVEL_LINKS = {
  routes: "Routes",
  protocols: "protocols",
  timeouts: "timeouts",
  limits: "limits",
  access_log: "access_log",
  log: "log",
};

const COMMON_LINKS = {
  path_rewrite: "What path the upstream sees",
  request_headers: "Header rules",
  response_headers: "Header rules",
  request_body: "Body rules",
  response_body: "Body rules",
  timeouts: "timeouts of a route",
  limits: "limits of a route",
  tls_upstream: "tls_upstream",
};

interface RouteType {
  readonly name: string;
  readonly rows: readonly Row[];
}

function blockSection(root: Schema, key: string): string[] {
  const block = root.properties?.[key] ?? {};
  return [`## ${key}`, block.description ?? "", tableOf(rowsOf(block))];
}

function routeTypes(root: Schema): RouteType[] {
  const patterns = root.properties?.["routes"]?.["patternProperties"];
  const [route] = Object.values(isSchema(patterns) ? patterns : {});
  const branches = isSchema(route) && Array.isArray(route["anyOf"]) ? route["anyOf"] : [];
  return branches.map((branch: Schema) => ({
    name: String(branch["title"]),
    rows: rowsOf(branch),
  }));
}

/** Keys that both forwarding types have, but for `type`. */
function commonRows(routes: readonly RouteType[]): Row[] {
  const [proxy, balance] = routes;
  const other = new Set(balance?.rows.map(({ key }) => key));
  return (proxy?.rows ?? []).filter(({ key }) => key !== "type" && other.has(key));
}

function typeSection(name: string, rows: readonly Row[], common: readonly Row[]): string[] {
  const shared = new Set(common.map(({ key }) => key));
  const forwards = rows.some(({ key }) => key === "path_rewrite");
  const own = forwards ? rows.filter(({ key }) => !shared.has(key)) : rows;
  const more = forwards
    ? ["Besides: the [common keys](#common-keys-of-proxy-and-load_balance)."]
    : [];
  return [`### Type ${name}`, tableOf(own, forwards ? {} : COMMON_LINKS), ...more];
}

function routeBlocks(common: readonly Row[]): string[] {
  const rows = (key: string): string => tableOf(rowsOf(schemaOf(common, key)));
  const about = (key: string): string => schemaOf(common, key).description ?? "";
  return [
    "### timeouts of a route",
    about("timeouts"),
    rows("timeouts"),
    "### limits of a route",
    about("limits"),
    rows("limits"),
    "### tls_upstream",
    prose.UPSTREAM_TLS,
    rows("tls_upstream"),
  ];
}

function ruleSections(common: readonly Row[]): string[] {
  const [headers] = schemaOf(common, "request_headers").anyOf ?? [];
  const [bodies] = schemaOf(common, "request_body").anyOf ?? [];
  const links = { condition: "Conditions" };
  return [
    "## Rules",
    prose.RULES,
    "### Header rules",
    prose.HEADER_RULES,
    tableOf(rowsOf(headers ?? {}), links),
    "### Body rules",
    prose.BODY_RULES,
    tableOf(rowsOf(bodies ?? {}), links),
    "### Conditions",
    prose.CONDITIONS,
    tableOf(conditionRows()),
  ];
}

/** Keys of both kinds of condition; where they differ, the response's. */
function conditionRows(): Row[] {
  const request = rowsOf(plain(requestCondition));
  const response = rowsOf(plain(responseCondition));
  const known = new Set(request.map(({ key }) => key));
  const all = [
    ...response.filter(({ key }) => known.has(key)),
    ...response.filter(({ key }) => !known.has(key)),
  ];
  return all.map((row) =>
    row.key in CONDITION_ROWS ? { ...row, schema: CONDITION_ROWS[row.key] ?? {} } : row,
  );
}

const CONDITION_ROWS: Readonly<Record<string, Schema>> = {
  has_header: {
    type: "object",
    description:
      "`name` of a field that must be there, and optionally `value_matches`, a regex for its value.",
  },
  request_has_header: {
    type: "object",
    description: "The same of the request, in response rules.",
  },
  not: { $id: "condition", description: "A condition that must not hold." },
};

function schemaOf(rows: readonly Row[], key: string): Schema {
  return rows.find((row) => row.key === key)?.schema ?? {};
}

/** The prose must name each placeholder that exists. */
function requireDescribed(): void {
  for (const name of placeholderNames) {
    if (!prose.PLACEHOLDERS.includes(`\`{${name}}\``)) throw new Error(`no prose for {${name}}`);
  }
}

function plain(schema: unknown): Schema {
  const copy: unknown = JSON.parse(JSON.stringify(schema));
  return isSchema(copy) ? copy : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
