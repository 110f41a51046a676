import { Dispatch } from "../../src/core/dispatch.ts";
import { createGeneration } from "../../src/core/generation.ts";
import type {
  ExchangeOutcome,
  ExchangeRequest,
  ExchangeResponse,
  Refusal,
} from "../../src/ports/exchange.ts";
import type { UpstreamAddress } from "../../src/ports/upstream-client.ts";
import { fakeRequest } from "./fake-context.ts";
import { FakeClock, MemoryLineSink, MemoryLogger } from "./fake-ports.ts";
import { FakeUpstream } from "./fake-upstream.ts";
import { createMemoryFileTree } from "./memory-file-tree.ts";
import { planOf } from "./plans.ts";

export interface CoreSceneOptions {
  readonly upstream?: FakeUpstream;
  readonly files?: Parameters<typeof createMemoryFileTree>[0];
}

/** The whole core under one configuration, with fakes around it; the test plays the engine. */
export class CoreScene {
  readonly clock = new FakeClock();
  readonly logger = new MemoryLogger();
  readonly accessLog = new MemoryLineSink();
  /** Each address that was asked for, with the connections that it may take. */
  readonly addresses: [UpstreamAddress, number][] = [];
  readonly upstream: FakeUpstream;
  readonly dispatch: Dispatch;

  constructor(yaml: string, { upstream = new FakeUpstream(), files = {} }: CoreSceneOptions = {}) {
    this.upstream = upstream;
    const plan = planOf(yaml, { "/www": null });
    const generation = createGeneration(plan, {
      clock: this.clock,
      logger: this.logger,
      accessLog: plan.accessLog.format === "off" ? null : this.accessLog,
      upstreamClient: (address, maxConnections) => {
        this.addresses.push([address, maxConnections]);
        return upstream;
      },
      fileTree: () => createMemoryFileTree(files),
    });
    this.dispatch = new Dispatch(generation, this.clock);
  }

  /** Builds a request for `target` that begins now. */
  request(target: string, given: Partial<ExchangeRequest> = {}): ExchangeRequest {
    return fakeRequest({ target, pathAndQuery: target, startedAt: this.clock.now(), ...given });
  }

  /** Hands a request for `target` over; the answer is not sent yet. */
  async answer(target: string, given: Partial<ExchangeRequest> = {}): Promise<ExchangeResponse> {
    return this.dispatch.handle(this.request(target, given));
  }

  /** Hands a request over and sends its answer. */
  async exchange(target: string, given: Partial<ExchangeRequest> = {}): Promise<ExchangeResponse> {
    const response = await this.answer(target, given);
    this.send(response);
    return response;
  }

  /** Refuses what came in, as an engine does. */
  refuse(given: Partial<Refusal>): ExchangeResponse {
    const response = this.dispatch.refuse({
      reason: "malformed_request",
      connection: { remoteAddress: "192.0.2.7", localPort: 80 },
      scheme: "http",
      startedAt: this.clock.now(),
      method: "",
      target: "",
      headers: [],
      ...given,
    });
    this.send(response);
    return response;
  }

  /** Tells the core that an answer has left. */
  send(response: ExchangeResponse, outcome: Partial<ExchangeOutcome> = {}): void {
    const { status, body } = response;
    const bytesOut = body instanceof Uint8Array ? body.length : 0;
    response.observer?.finished({ status, bytesIn: 0, bytesOut, ...outcome });
  }
}
