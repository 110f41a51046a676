import type { ExchangeContext } from "../../../../src/core/context.ts";
import { errorResponse, failureReason } from "../../../../src/core/errors.ts";
import { createStaticFiles } from "../../../../src/core/handlers/static-files.ts";
import type { StaticAction } from "../../../../src/core/model.ts";
import type { ExchangeResponse, HeaderList } from "../../../../src/ports/exchange.ts";
import { headerValue } from "../../../../src/utils/header-list.ts";
import { fakeContext } from "../../../support/fake-context.ts";
import {
  createMemoryFileTree,
  type MemoryEntry,
  type MemoryFileTree,
  MODIFIED_AT,
} from "../../../support/memory-file-tree.ts";
import { readText } from "../../../support/read-body.ts";

/** What a test asks a site for. */
export interface Ask {
  readonly method?: string;
  readonly headers?: HeaderList;
  readonly query?: string;
  /** Milliseconds between the change of the files and the request; default one day. */
  readonly age?: number;
}

/** An answer read to its end. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: HeaderList;
  /** Fails the test where the field is absent. */
  header(name: string): string | undefined;
}

/** A static route over files in memory. */
export interface TestSite {
  readonly files: MemoryFileTree;
  get(path: string, ask?: Ask): Promise<Answer>;
  /** The raw answer, body unread. */
  handle(path: string, ask?: Ask): ExchangeResponse;
}

const PLAN: StaticAction = {
  type: "static",
  root: "/srv",
  index: ["index.html"],
  spaFallback: null,
  precompressed: true,
  cacheControl: null,
  browse: false,
  dotfiles: false,
};

/** Builds a site from paths and texts. */
export function staticSite(
  entries: Readonly<Record<string, string | MemoryEntry>>,
  plan: Partial<StaticAction> = {},
  prefix = "/",
): TestSite {
  const files = createMemoryFileTree(entries);
  const handler = createStaticFiles({ ...PLAN, ...plan }, prefix, files);
  const handle = (path: string, ask: Ask = {}): ExchangeResponse => {
    const response = handler(contextOf(path, ask));
    if (response instanceof Promise) throw new Error("static files answer at once");
    return response;
  };
  return {
    files,
    handle,
    async get(path, ask) {
      const { status, headers, body } = handle(path, ask);
      const text = await readText(body);
      return { status, headers, text, header: (name) => headerValue(headers, name) };
    },
  };
}

function contextOf(path: string, ask: Ask): ExchangeContext {
  const { method = "GET", headers = [], query = "", age = 86_400_000 } = ask;
  const fail = (error: unknown) => errorResponse(failureReason(error), "test-id", headers);
  return fakeContext({ path, query, fail, wallTime: MODIFIED_AT + age }, { method, headers });
}
