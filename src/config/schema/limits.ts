import { type SchemaOptions, Type } from "@sinclair/typebox";
import { closed, duration, size } from "./values.ts";

const optionalDuration = (byDefault: string, description: string) =>
  Type.Optional(duration({ default: byDefault, description }));

const count = (options: SchemaOptions) => Type.Optional(Type.Integer({ minimum: 0, ...options }));

const exchangeTimeouts = {
  connect: optionalDuration("5s", "Connecting to the upstream, TLS included (504)."),
  response_header: optionalDuration("60s", "The upstream's first byte of an answer (504)."),
  idle: optionalDuration("5m", "No byte of an answer under way, in either direction."),
};

/** `timeouts` at the top level. */
export const timeouts = Type.Object(
  {
    request_header: optionalDuration("10s", "A whole request head, not reset by each byte (408)."),
    request_body: optionalDuration("60s", "No byte of a body that the client owes (408)."),
    ...exchangeTimeouts,
    keep_alive: optionalDuration("75s", "Between two requests of one connection."),
  },
  {
    ...closed,
    description: "Longest waits; 0 = for ever. There is no limit on the whole exchange.",
  },
);

/** `timeouts` of a route: those that begin once the route is known. */
export const routeTimeouts = Type.Object(exchangeTimeouts, {
  ...closed,
  description: "Longest waits on this route, in place of the top level's.",
});

const exchangeLimits = {
  max_request_body: Type.Optional(
    size({
      default: 0,
      description: "Largest request body (413); 0 = any. Bodies stream either way.",
    }),
  ),
  upstream_max_connections: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 256,
      description: "Connections to one upstream; then a bounded queue, then 503.",
    }),
  ),
};

/** `limits` at the top level. */
export const limits = Type.Object(
  {
    ...exchangeLimits,
    max_header_bytes: Type.Optional(
      size({ default: "16KiB", description: "All header fields of a request (431)." }),
    ),
    max_uri_bytes: Type.Optional(size({ default: "8KiB", description: "Request target (414)." })),
    max_connections: count({
      default: 10_000,
      description: "Open client connections; 0 = any number.",
    }),
    max_connections_per_ip: count({
      default: 0,
      description: "Open client connections of one IP address; 0 = any number.",
    }),
  },
  { ...closed, description: "Largest sizes and numbers." },
);

/** `limits` of a route: those that apply once the route is known. */
export const routeLimits = Type.Object(exchangeLimits, {
  ...closed,
  description: "Limits of this route, in place of the top level's.",
});
