/** Where a value stands in a configuration: map keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[];

/** Writes a path as messages and reports show it: `routes./api.targets[1].weight`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** Reads a JSON pointer (RFC 6901) against the value that it points into, which tells lists from maps. */
export function pathOfPointer(pointer: string, root: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(key) : key);
    value = childOf(value, key);
  }
  return path;
}

/** Returns the value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const step of path) value = childOf(value, step);
  return value;
}

function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  // Own keys only: `constructor` is no value of a map.
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
