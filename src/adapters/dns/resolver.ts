import { promises as dns } from "node:dns";
import { isIP } from "node:net";
import type { Resolver } from "../../ports/resolver.ts";

/** Asks the system for all addresses of a name, without blocking the thread. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface ResolverOptions {
  /** Default: the system's resolver, `/etc/hosts` included. */
  readonly lookup?: Lookup;
  /** How long an answer is used, milliseconds. Default 5000. */
  readonly freshFor?: number;
  /** How long a failure is remembered, milliseconds. Default 1000. */
  readonly failedFor?: number;
  /** How long a lookup may take where an older answer is known, milliseconds. Default 500. */
  readonly patience?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** What is known of one name. */
interface Entry {
  /** The last good answer, kept whatever happens later; empty where there was none. */
  addresses: readonly string[];
  error: unknown;
  /** Until when the answer, or the failure, is used unasked. */
  validUntil: number;
  pending: Promise<readonly string[]> | null;
}

/** Names come from the configuration; this only bounds many reloads. */
const MAX_NAMES = 4096;

/** RFC 6761, 6.3: never ask anybody for these. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** Creates a resolver with a short cache; lookups under way are shared. */
export function createResolver(options: ResolverOptions = {}): Resolver {
  return new CachingResolver(options);
}

class CachingResolver implements Resolver {
  readonly #entries = new Map<string, Entry>();
  readonly #lookup: Lookup;
  readonly #freshFor: number;
  readonly #failedFor: number;
  readonly #patience: number;
  readonly #now: () => number;

  constructor(options: ResolverOptions) {
    this.#lookup = options.lookup ?? systemLookup;
    this.#freshFor = options.freshFor ?? 5000;
    this.#failedFor = options.failedFor ?? 1000;
    this.#patience = options.patience ?? 500;
    this.#now = options.now ?? (() => performance.now());
  }

  resolve(hostname: string): readonly string[] | Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return [hostname];
    const name = hostname.toLowerCase();
    if (name === "localhost" || name.endsWith(".localhost")) return LOOPBACK;
    const entry = this.#entry(name);
    if (this.#now() < entry.validUntil) {
      return entry.addresses.length > 0 ? entry.addresses : Promise.reject(entry.error);
    }
    entry.pending ??= this.#ask(name, entry);
    return entry.addresses.length > 0 ? this.#hurry(entry, entry.pending) : entry.pending;
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    if (this.#entries.size >= MAX_NAMES) this.#entries.clear();
    const entry: Entry = { addresses: [], error: undefined, validUntil: -1, pending: null };
    this.#entries.set(name, entry);
    return entry;
  }

  /** Asks, and falls back on the last good answer where that fails. */
  async #ask(name: string, entry: Entry): Promise<readonly string[]> {
    try {
      const addresses = await this.#lookup(name);
      if (addresses.length === 0) throw new Error(`${name} has no address`);
      entry.addresses = addresses;
      entry.validUntil = this.#now() + this.#freshFor;
    } catch (error) {
      entry.error = error;
      entry.validUntil = this.#now() + this.#failedFor;
      if (entry.addresses.length === 0) throw error;
    } finally {
      entry.pending = null;
    }
    return entry.addresses;
  }

  /** Waits for a lookup only so long, because an older answer is at hand. */
  #hurry(entry: Entry, pending: Promise<readonly string[]>): Promise<readonly string[]> {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const timer = setTimeout(() => resolve(entry.addresses), this.#patience);
    const settle = (): void => {
      clearTimeout(timer);
      resolve(entry.addresses);
    };
    pending.then(settle, settle);
    return promise;
  }
}

/** getaddrinfo on the thread pool: what every other program on the machine sees. */
async function systemLookup(hostname: string): Promise<readonly string[]> {
  const found = await dns.lookup(hostname, { all: true, order: "verbatim" });
  return [...new Set(found.map((entry) => entry.address))];
}
