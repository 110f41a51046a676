/** One measurement of one proxy under one kind of traffic. */
export interface Sample {
  readonly peer: string;
  readonly case: string;
  readonly round: number;
  /** User and system time of the whole process tree, microseconds for one request. */
  readonly cpuPerRequest: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly errors: number;
}

/** Renders the medians of a case, and the subject's ratios to each peer pair by pair, as Markdown. */
export function renderCase(name: string, samples: readonly Sample[], subject: string): string {
  const own = samples.filter((sample) => sample.case === name);
  const peers = [...new Set(own.map(({ peer }) => peer))];
  const rows = peers.map((peer) => renderPeer(peer, own));
  const table = [
    `### ${name}`,
    "",
    "| proxy | CPU µs/request | requests/s | p50 ms | p99 ms | peak RSS MB | errors |",
    "|---|---:|---:|---:|---:|---:|---:|",
    ...rows,
  ];
  const ratios = peers
    .filter((peer) => peer !== subject)
    .map((peer) => renderRatio(subject, peer, own))
    .filter((line) => line !== null);
  if (ratios.length > 0) {
    table.push(
      "",
      `| CPU per request, ${subject} to | median | lowest to highest | pairs |`,
      "|---|---:|---:|---:|",
      ...ratios,
    );
  }
  const errors = own.reduce((sum, sample) => sum + sample.errors, 0);
  if (errors > 0) table.push("", `**${errors} requests failed: these figures mean nothing.**`);
  return `${table.join("\n")}\n`;
}

function renderPeer(peer: string, samples: readonly Sample[]): string {
  const own = samples.filter((sample) => sample.peer === peer);
  const middle = (value: (sample: Sample) => number) => median(own.map(value));
  const cells = [
    peer,
    middle((sample) => sample.cpuPerRequest).toFixed(1),
    middle((sample) => sample.requestsPerSecond).toFixed(0),
    middle((sample) => sample.p50).toFixed(2),
    middle((sample) => sample.p99).toFixed(2),
    (Math.max(...own.map((sample) => sample.peakMemory)) / 1e6).toFixed(1),
    String(own.reduce((sum, sample) => sum + sample.errors, 0)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function renderRatio(subject: string, peer: string, samples: readonly Sample[]): string | null {
  const ratios = pairRatios(subject, peer, samples);
  if (ratios.length === 0) return null;
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return `| ${peer} | **${median(ratios).toFixed(2)}** | ${range} | ${ratios.length} |`;
}

/** Divides the subject's CPU per request by the peer's of the same round: noise that hits a round cancels out. */
export function pairRatios(subject: string, peer: string, samples: readonly Sample[]): number[] {
  const of = (name: string, round: number) =>
    samples.find((sample) => sample.peer === name && sample.round === round)?.cpuPerRequest;
  const rounds = [...new Set(samples.map(({ round }) => round))];
  return rounds.flatMap((round) => {
    const [one, other] = [of(subject, round), of(peer, round)];
    return one === undefined || other === undefined ? [] : [one / other];
  });
}

/** Takes the middle value, of an even number the mean of the two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  const lower = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
