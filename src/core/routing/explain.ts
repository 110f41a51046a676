import type { Clock } from "../../ports/clock.ts";
import type { ExchangeRequest, ExchangeResponse, HeaderList } from "../../ports/exchange.ts";
import type { FailureReason } from "../../ports/failure.ts";
import type { FileTree, OpenFile } from "../../ports/file-system.ts";
import type {
  UpstreamAddress,
  UpstreamClient,
  UpstreamRequest,
} from "../../ports/upstream-client.ts";
import { headerValue } from "../../utils/header-list.ts";
import { Dispatch, hostname } from "../dispatch.ts";
import { failureStatus } from "../errors.ts";
import { Exchange } from "../exchange.ts";
import { createGeneration, type GenerationPorts } from "../generation.ts";
import type { Plan, RoutePlan } from "../model.ts";
import { createRouteTable } from "./route-table.ts";

/** What Prox would do with one request. */
export interface Explanation {
  /** The route that matches; null where none does. */
  readonly route: RoutePlan | null;
  /** Why that one, in one sentence; where none matches, why not. */
  readonly reason: string;
  /** URL of the upstream as configured; null where none is asked. */
  readonly upstream: string | null;
  /** What would be fetched: the upstream's URL, a file, or where the client is sent. */
  readonly url: string | null;
  /** Fields of the request to the upstream; the framing is not among them. */
  readonly requestHeaders: HeaderList;
  /** Fields that Prox would add to an answer of status 200 that has none of its own. */
  readonly responseHeaders: HeaderList;
  /** Why Prox would refuse the request; null where it would not. */
  readonly refused: Refused | null;
}

/** A refusal, as the access log and the client see it. */
export interface Refused {
  readonly reason: FailureReason;
  readonly status: number;
}

/** What a request came to at the edge of the core, instead of reaching the network or a disk. */
interface Recording {
  address: UpstreamAddress | null;
  sent: UpstreamRequest | null;
  file: string | null;
}

/** Fields of a static answer that tell of the file: the one that stands in for it has none. */
const FILE_FIELDS = new Set(["accept-ranges", "content-length", "etag", "last-modified"]);

/**
 * Finds out what becomes of a request: sends it through the pipelines of the plan as any other, with
 * upstreams that only note what they are sent and files that are all there. Touches neither network
 * nor disk.
 */
export async function explainRequest(
  plan: Plan,
  request: ExchangeRequest,
  clock: Clock,
): Promise<Explanation> {
  const recording: Recording = { address: null, sent: null, file: null };
  const generation = createGeneration(plan, recordingPorts(recording, clock));
  const response = await new Dispatch(generation, clock).handle(request);
  const exchange = response.observer instanceof Exchange ? response.observer : null;
  const route = plan.routes.find(({ key }) => key === exchange?.route) ?? null;
  const failure = exchange?.failure ?? null;
  const { sent, address, file } = recording;
  return {
    route,
    reason: describeMatch(plan, route, { request, path: exchange?.path ?? "", failure }),
    upstream: sent === null ? null : (exchange?.upstream ?? null),
    url:
      sent !== null && address !== null
        ? origin(address) + sent.target
        : location(route, file, response),
    requestHeaders: sent === null ? [] : sent.headers,
    responseHeaders: failure === null ? ownFields(response.headers, file !== null) : [],
    refused: failure === null ? null : { reason: failure, status: failureStatus(failure) },
  };
}

function recordingPorts(recording: Recording, clock: Clock): GenerationPorts {
  return {
    clock,
    logger: { log: ignore },
    accessLog: null,
    upstreamClient: (address) => recordingClient(recording, address),
    fileTree: (root) => recordingTree(recording, root),
  };
}

function recordingClient(recording: Recording, address: UpstreamAddress): UpstreamClient {
  return {
    send(request) {
      recording.address = address;
      recording.sent = request;
      return Promise.resolve({ status: 200, headers: [], body: null, connectMs: 0, reused: false });
    },
    close: ignore,
  };
}

/** A tree in which the first file that is asked for is there, empty, and no other. */
function recordingTree(recording: Recording, root: string): FileTree {
  const file: OpenFile = {
    facts: { kind: "file", size: 0, modifiedAt: 0 },
    stream: () => {
      throw new Error("an empty file is not streamed");
    },
    read: () => new Uint8Array(0),
    close: ignore,
  };
  return {
    open(path) {
      if (recording.file !== null) return null;
      recording.file = `${root === "/" ? "" : root}/${path}`;
      return file;
    },
    facts: () => null,
    list: () => [],
  };
}

/** Says why a route matches, naming those that match as well but less closely. */
function describeMatch(
  plan: Plan,
  route: RoutePlan | null,
  { request, path, failure }: { request: ExchangeRequest; path: string; failure: string | null },
): string {
  const host = hostname(request.authority);
  if (route === null) {
    if (failure === "bad_path") return "The path can be read in two ways or leaves the root";
    return `No route has a prefix of '${path}' for host '${host}'`;
  }
  const rivals = plan.routes.filter(
    (other) => other !== route && createRouteTable([{ ...other, value: other }]).match(host, path),
  );
  const also = rivals.map(({ key }) => `'${key}'`).join(", ");
  const beaten = also === "" ? "" : `; it goes before ${also}, which would match too`;
  return `${hostReason(route, host)}, '${route.prefix}' is the longest matching prefix of '${path}'${beaten}`;
}

function hostReason({ host }: RoutePlan, requested: string): string {
  if (host === null) return "Any host";
  if (host.startsWith("*.")) return `Host '${requested}' by the wildcard '${host}'`;
  return `Host '${requested}' by name`;
}

function origin({ scheme, hostname: host, port, socketPath }: UpstreamAddress): string {
  if (socketPath !== undefined) return `unix:${socketPath}:`;
  const standard = port === (scheme === "https" ? 443 : 80);
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}${standard ? "" : `:${port}`}`;
}

function location(
  route: RoutePlan | null,
  file: string | null,
  response: ExchangeResponse,
): string | null {
  if (route?.action.type === "redirect") return headerValue(response.headers, "location") ?? null;
  return file === null ? null : `file://${file}`;
}

function ownFields(headers: HeaderList, ofFile: boolean): HeaderList {
  const fields: HeaderList = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!ofFile || !FILE_FIELDS.has(name)) fields.push(name, headers[i + 1] ?? "");
  }
  return fields;
}

function ignore(): void {
  // Nothing is logged, pooled or opened here.
}
