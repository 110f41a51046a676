import { type Static, Type } from "@sinclair/typebox";
import { limits, timeouts } from "./limits.ts";
import { route } from "./routes.ts";
import { addresses, closed, oneOf } from "./values.ts";

const accessLog = Type.Object(
  {
    format: Type.Optional(
      oneOf(["json", "common", "off"], {
        default: "json",
        description: "Form of a line, or `off`.",
      }),
    ),
    path: Type.Optional(
      Type.String({ description: "File to append to. Default: standard output." }),
    ),
  },
  { ...closed, description: "One line for each request." },
);

const log = Type.Object(
  {
    level: Type.Optional(
      oneOf(["debug", "info", "warn", "error"], {
        default: "info",
        description: "Least level to show.",
      }),
    ),
    format: Type.Optional(
      oneOf(["pretty", "json"], { description: "Default: `pretty` on a terminal, else `json`." }),
    ),
  },
  { ...closed, description: "The operational log, on standard error." },
);

const protocols = Type.Object(
  {
    http1_engine: Type.Optional(
      oneOf(["wire", "serve"], {
        default: "wire",
        description:
          "`wire` is Prox's own HTTP/1.1 engine; `serve` is the runtime's, which cannot keep everything (`validate` says what).",
      }),
    ),
  },
  { ...closed, description: "How Prox talks to clients." },
);

/** The whole configuration. */
export const configSchema = Type.Object(
  {
    listen_addr: Type.String({
      description: "The public address, `IP:PORT`; IPv6 in brackets. Port 0 means any free port.",
      examples: ["127.0.0.1:3000", "0.0.0.0:8080", "[::]:8080"],
    }),
    routes: Type.Record(Type.String(), route, {
      minProperties: 1,
      description:
        "Routes by key: a path prefix (`/api`), or a host and a path prefix (`api.example.com/`, `*.example.com/v1`).",
    }),
    protocols: Type.Optional(protocols),
    trusted_proxies: Type.Optional(
      addresses({
        default: [],
        description:
          "Peers whose X-Forwarded-* and Forwarded fields are believed; from everyone else they are discarded.",
      }),
    ),
    timeouts: Type.Optional(timeouts),
    limits: Type.Optional(limits),
    access_log: Type.Optional(accessLog),
    log: Type.Optional(log),
  },
  { ...closed, title: "Prox configuration" },
);

/** A configuration that fits the schema. */
export type ConfigInput = Static<typeof configSchema>;

/**
 * The same with holes: what is left of a configuration once everything that does not fit has been
 * taken out, so that the rest can still be checked.
 */
export type Draft<T> = T extends readonly (infer E)[]
  ? readonly (Draft<E> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;

/** A configuration with holes. */
export type ConfigDraft = Draft<ConfigInput>;

/** A route with holes. */
export type RouteDraft = Draft<Static<typeof route>>;
