/** Timestamps in logs; the part that lasts a second is formatted once a second. */

let second = Number.NaN;
let isoSecond = "";
let commonSecond = "";
let commonText = "";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Formats Unix milliseconds as `2026-01-31T23:59:59.123Z`. */
export function isoTimestamp(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000);
  if (whole !== second) {
    second = whole;
    isoSecond = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  const rest = Math.floor(milliseconds - whole * 1000);
  return `${isoSecond}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
}

/** Formats Unix milliseconds as the Common Log Format does: `31/Jan/2026:23:59:59 +0000`. */
export function commonLogTimestamp(milliseconds: number): string {
  const iso = isoTimestamp(milliseconds);
  if (commonSecond !== isoSecond) {
    commonSecond = isoSecond;
    const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
    commonText = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
  }
  return commonText;
}
