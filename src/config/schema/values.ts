import { type SchemaOptions, type TLiteral, type TUnion, Type } from "@sinclair/typebox";
import { DURATION_PATTERN } from "../../utils/duration.ts";
import { SIZE_PATTERN } from "../../utils/size.ts";

/**
 * Values that several sections share. A schema with a `form` is explained as a whole when a value
 * does not fit, not by the branch that failed.
 */

/** Forms of values with a wording of their own. */
export type ValueForm = "duration" | "size" | "status_test";

/** A duration: text such as `500ms`, `30s`, `5m`, `1h`, or 0. */
export const duration = (options: SchemaOptions) =>
  Type.Union([Type.Literal(0), Type.String({ pattern: DURATION_PATTERN })], {
    ...options,
    form: "duration" satisfies ValueForm,
  });

/** A size: bytes, or text such as `16KiB`, `1MB`. */
export const size = (options: SchemaOptions) =>
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: SIZE_PATTERN })], {
    ...options,
    form: "size" satisfies ValueForm,
  });

/** One of several fixed texts or numbers. */
export const oneOf = <const T extends readonly (string | number)[]>(
  values: T,
  options: SchemaOptions,
): TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }> =>
  // The map type cannot be inferred from `map`, which forgets the length of a tuple.
  Type.Union(
    values.map((value) => Type.Literal(value)),
    options,
  ) as unknown as TUnion<{ -readonly [K in keyof T]: TLiteral<T[K]> }>;

/** Addresses: CIDR blocks, single addresses and presets. */
export const addresses = (options: SchemaOptions) =>
  Type.Array(
    Type.String({
      description: "A CIDR block, an IP address, or `loopback`, `private` or `cloudflare`.",
      examples: ["loopback", "private", "cloudflare", "192.0.2.0/24"],
    }),
    options,
  );

/** Options of every block: no unknown keys. */
export const closed = { additionalProperties: false } as const;
