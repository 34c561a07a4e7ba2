/** Decimal numbers as text, so that money is never rounded through a binary float. */

const plain = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** "1 234,5" and "1,234.50" as "1234.5" and "1234.50"; undefined when it is no number. */
export function readDecimal(text: string): string | undefined {
  let digits = text.trim().replace(/[\s\u00a0\u202f'’_]/g, "");
  const commas = digits.split(",").length - 1;
  if (commas > 0 && digits.includes(".")) digits = digits.replaceAll(",", "");
  else if (commas === 1 && !/^[+-]?[1-9]\d{0,2},\d{3}$/.test(digits)) digits = digits.replace(",", ".");
  else if (commas > 0) {
    if (!/^[+-]?\d{1,3}(,\d{3})+$/.test(digits)) return undefined;
    digits = digits.replaceAll(",", "");
  }
  const parts = plain.exec(digits);
  if (!parts || `${parts[2] ?? ""}${parts[3] ?? ""}` === "") return undefined;
  const whole = (parts[2] ?? "").replace(/^0+(?=\d)/, "") || "0";
  const fraction = parts[3] ?? "";
  const sign = parts[1] === "-" ? "-" : "";
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Moves the decimal point: shiftDecimal("12.5", -2) is "0.125". Exact; trailing zeros of a fraction go. */
export function shiftDecimal(text: string, places: number): string {
  const parts = plain.exec(text);
  if (!parts) return text;
  const whole = parts[2] ?? "";
  const fraction = parts[3] ?? "";
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = digits.padStart(digits.length + Math.max(0, -point), "0");
  const at = Math.max(point, 0);
  const filled = padded.padEnd(at, "0");
  const left = filled.slice(0, at).replace(/^0+(?=\d)/, "") || "0";
  const right = filled.slice(at).replace(/0+$/, "");
  const sign = parts[1] === "-" && /[1-9]/.test(digits) ? "-" : "";
  return `${sign}${left}${right === "" ? "" : `.${right}`}`;
}

/** How many digits stand after the point. */
export function scaleOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** Negative, zero or positive, exact for any length. */
export function compareDecimal(a: string, b: string): number {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const left = scaled(a, scale);
  const right = scaled(b, scale);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Whether value is start plus a whole number of steps. */
export function onStep(value: string, step: string, start: string): boolean {
  const scale = Math.max(scaleOf(value), scaleOf(step), scaleOf(start));
  const size = scaled(step, scale);
  if (size === 0n) return true;
  return (scaled(value, scale) - scaled(start, scale)) % size === 0n;
}

function scaled(text: string, scale: number): bigint {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const digits = BigInt(whole + fraction.padEnd(scale, "0"));
  return negative ? -digits : digits;
}
