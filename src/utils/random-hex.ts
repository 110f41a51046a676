/** Bytes drawn at once: one call of the generator then serves dozens of requests. */
const POOL_BYTES = 1024;

const pool = new Uint8Array(POOL_BYTES);
let digits = "";
let next = 0;

/** Gives `bytes` random bytes (at most 64) of cryptographic quality as lower-case hexadecimal digits. */
export function randomHex(bytes: number): string {
  const end = next + bytes * 2;
  if (end > digits.length) {
    digits = crypto.getRandomValues(pool).toHex();
    next = bytes * 2;
    return digits.slice(0, next);
  }
  const hex = digits.slice(next, end);
  next = end;
  return hex;
}
