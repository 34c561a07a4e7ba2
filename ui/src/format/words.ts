/** A message of the server as a sentence: it begins with a capital and ends with a stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const first = [...trimmed][0] ?? "";
  const capital = first.toUpperCase() + trimmed.slice(first.length);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
