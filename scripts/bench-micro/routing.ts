import { bench, do_not_optimize, run, summary } from "mitata";
import { normalisePath } from "../../src/core/routing/path.ts";
import { createPathRewrite } from "../../src/core/routing/path-rewrite.ts";
import type { RouteEntry, RouteTable } from "../../src/core/routing/route-table.ts";
import { createRouteTable } from "../../src/core/routing/route-table.ts";

const ROUTES = 5000;
/** Requests that each measurement takes turns through, so that no cache makes it look too good. */
const REQUESTS = 1024;

type Target = readonly [host: string, path: string];

/** Registers what it costs to find a route among 5,000, to normalise and to rewrite a path. */
export function benchRouting(): void {
  summary(() => {
    benchTable("5,000 prefixes of any host", (i) => [null, `/team-${i % 70}/service-${i}`]);
    benchTable("5,000 prefixes on 100 hosts", (i) => [`h${i % 100}.example.com`, `/service-${i}`]);
    benchTable("5,000 hosts", (i) => [`service-${i}.example.com`, "/"]);
  });
  summary(() => {
    for (const path of [
      "/api/users/12345?fields=name,mail&page=2",
      "/api/../api//users/%31%32345?fields=name",
    ]) {
      bench(`normalise ${path}`, () => do_not_optimize(normalisePath(path)));
    }
    const rewrite = createPathRewrite({ prefix: "/api", pathRewrite: "/v2", basePath: "" });
    bench("rewrite", () => do_not_optimize(rewrite("/api/users/12345")));
  });
}

function benchTable(
  name: string,
  place: (i: number) => [host: string | null, prefix: string],
): void {
  const routes: RouteEntry<number>[] = [];
  const targets: Target[] = [];
  for (let i = 0; i < ROUTES; i++) {
    const [host, prefix] = place(i);
    routes.push({ host, prefix, value: i });
    targets.push([host ?? "www.example.com", `${prefix === "/" ? "" : prefix}/users/${i}`]);
  }
  const table = createRouteTable(routes);
  // Strides through the routes in an order that a cache can not guess.
  const asked = Array.from({ length: REQUESTS }, (_, i) => targets[(i * 3571) % ROUTES]);
  benchMatches(`match in ${name}`, table, asked);
}

function benchMatches(
  name: string,
  table: RouteTable<number>,
  asked: readonly (Target | undefined)[],
): void {
  let i = 0;
  bench(name, () => {
    const target = asked[i++ % REQUESTS];
    return target === undefined ? null : do_not_optimize(table.match(target[0], target[1]));
  });
}

if (import.meta.main) {
  benchRouting();
  await run();
}
