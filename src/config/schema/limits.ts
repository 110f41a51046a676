import { type SchemaOptions, Type } from "@sinclair/typebox";
import { closed, duration, size } from "./values.ts";

/** Without a default where the top level's value stands in. */
const optionalDuration = (description: string, byDefault?: string) =>
  Type.Optional(
    duration(byDefault === undefined ? { description } : { description, default: byDefault }),
  );

const count = (options: SchemaOptions) => Type.Optional(Type.Integer({ minimum: 0, ...options }));

const CONNECT = "Connecting to the upstream, TLS included (504).";
const RESPONSE_HEADER = "The upstream's first byte of an answer (504).";
const IDLE = "No byte of an answer under way, in either direction.";

/** `timeouts` at the top level. */
export const timeouts = Type.Object(
  {
    request_header: optionalDuration("A whole request head, not reset by each byte (408).", "10s"),
    request_body: optionalDuration("No byte of a body that the client owes (408).", "60s"),
    connect: optionalDuration(CONNECT, "5s"),
    response_header: optionalDuration(RESPONSE_HEADER, "60s"),
    idle: optionalDuration(IDLE, "5m"),
    keep_alive: optionalDuration("Between two requests of one connection.", "75s"),
  },
  {
    ...closed,
    description: "Longest waits; 0 = for ever. There is no limit on the whole exchange.",
  },
);

/** `timeouts` of a route: those that begin once the route is known. */
export const routeTimeouts = Type.Object(
  {
    connect: optionalDuration(CONNECT),
    response_header: optionalDuration(RESPONSE_HEADER),
    idle: optionalDuration(IDLE),
  },
  { ...closed, description: "Longest waits on this route, in place of the top level's." },
);

const MAX_REQUEST_BODY = "Largest request body (413); 0 = any. Bodies stream either way.";
const UPSTREAM_MAX_CONNECTIONS = {
  minimum: 1,
  maximum: 1_000_000,
  description: "Connections to one upstream; then a bounded queue, then 503.",
};

/** `limits` at the top level. */
export const limits = Type.Object(
  {
    max_request_body: Type.Optional(size({ default: 0, description: MAX_REQUEST_BODY })),
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
    upstream_max_connections: Type.Optional(
      Type.Integer({ default: 256, ...UPSTREAM_MAX_CONNECTIONS }),
    ),
  },
  { ...closed, description: "Largest sizes and numbers." },
);

/** `limits` of a route: those that apply once the route is known. */
export const routeLimits = Type.Object(
  {
    max_request_body: Type.Optional(size({ description: MAX_REQUEST_BODY })),
    upstream_max_connections: Type.Optional(Type.Integer(UPSTREAM_MAX_CONNECTIONS)),
  },
  { ...closed, description: "Limits of this route, in place of the top level's." },
);
