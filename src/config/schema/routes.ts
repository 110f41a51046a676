import { Type } from "@sinclair/typebox";
import { routeLimits, routeTimeouts } from "./limits.ts";
import { requestRules, responseHeaderRules, responseRules } from "./rules.ts";
import { closed, oneOf } from "./values.ts";

const upstreamUrl = {
  description:
    "An http or https URL, or `unix:/path` of a socket. A path in it replaces the matched prefix.",
  examples: ["http://127.0.0.1:3000", "https://api.example.com/v1", "unix:/run/app.sock"],
};

const upstreamTls = Type.Object(
  {
    ca: Type.Optional(
      Type.String({
        description: "PEM file of the authorities to trust instead of the built-in ones.",
      }),
    ),
    cert: Type.Optional(
      Type.String({ description: "PEM file of the client certificate; needs `key`." }),
    ),
    key: Type.Optional(
      Type.String({ description: "PEM file of the client certificate's key; needs `cert`." }),
    ),
    server_name: Type.Optional(
      Type.String({
        description: "Name for SNI and the certificate check. Default: the target's host.",
      }),
    ),
    insecure_skip_verify: Type.Optional(
      Type.Boolean({ default: false, description: "Accepts any certificate. Not for production." }),
    ),
  },
  { ...closed, description: "How https targets are verified and what Prox shows them." },
);

const forwarding = {
  path_rewrite: Type.Optional(
    Type.String({
      pattern: "^/",
      description: "Replaces the matched prefix; `/` strips it. The query is always kept.",
      examples: ["/", "/v2"],
    }),
  ),
  ...requestRules,
  ...responseRules,
  timeouts: Type.Optional(routeTimeouts),
  limits: Type.Optional(routeLimits),
  tls_upstream: Type.Optional(upstreamTls),
  preserve_host: Type.Optional(
    Type.Boolean({
      description:
        "Sends the client's Host to the upstream. Default: true for http and unix targets, false for https.",
    }),
  ),
  browser_headers: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        "Fills in a browser's User-Agent, Accept, Accept-Language and Accept-Encoding where the request lacks them.",
    }),
  ),
};

const proxy = Type.Object(
  {
    type: Type.Literal("proxy", { description: "Forwards to one upstream." }),
    target: Type.String(upstreamUrl),
    ...forwarding,
  },
  { ...closed, title: "proxy" },
);

const weightedTarget = Type.Object(
  {
    url: Type.String(upstreamUrl),
    weight: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 1,
        description: "Share of the requests.",
      }),
    ),
  },
  closed,
);

const loadBalance = Type.Object(
  {
    type: Type.Literal("load_balance", { description: "Spreads requests over several upstreams." }),
    targets: Type.Array(Type.Union([Type.String(upstreamUrl), weightedTarget]), {
      minItems: 1,
      description: "The upstreams: URLs, or `{url, weight}`.",
    }),
    strategy: Type.Optional(
      oneOf(["round_robin", "random"], {
        default: "round_robin",
        description: "How the next upstream is chosen; both honour weights.",
      }),
    ),
    ...forwarding,
  },
  { ...closed, title: "load_balance" },
);

const staticFiles = Type.Object(
  {
    type: Type.Literal("static", { description: "Serves files." }),
    root: Type.String({ description: "Folder of the files; it must exist." }),
    index: Type.Optional(
      Type.Array(Type.String(), {
        default: ["index.html"],
        description: "Names tried, in order, where a folder is asked for.",
      }),
    ),
    spa_fallback: Type.Optional(
      Type.String({
        description:
          "File that answers GET and HEAD of pages that do not exist (accepts HTML, no file extension).",
        examples: ["index.html"],
      }),
    ),
    precompressed: Type.Optional(
      Type.Boolean({
        default: true,
        description: "Prefers `.br`, `.zst` and `.gz` files beside the one asked for.",
      }),
    ),
    cache_control: Type.Optional(
      Type.String({
        description: "Cache-Control of the files.",
        examples: ["public, max-age=3600"],
      }),
    ),
    browse: Type.Optional(
      Type.Boolean({ default: false, description: "Lists folders that have no index file." }),
    ),
    dotfiles: Type.Optional(
      Type.Boolean({
        default: false,
        description: "Serves files and folders whose name begins with a dot.",
      }),
    ),
    ...responseHeaderRules,
  },
  { ...closed, title: "static" },
);

const redirect = Type.Object(
  {
    type: Type.Literal("redirect", { description: "Sends the client elsewhere." }),
    target: Type.String({
      description: "Absolute URL or path; the rest of the path and the query are appended.",
      examples: ["https://www.example.com", "/new"],
    }),
    status_code: Type.Optional(
      oneOf([301, 302, 303, 307, 308], { default: 307, description: "Status of the answer." }),
    ),
    ...responseHeaderRules,
  },
  { ...closed, title: "redirect" },
);

/** One route, by its `type`. */
export const route = Type.Union([proxy, loadBalance, staticFiles, redirect], {
  description: "What happens to requests below the route's key.",
});
