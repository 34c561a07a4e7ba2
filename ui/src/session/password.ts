export const passwordRule = "At least 12 characters; a few words in a row do well.";

/** What the screen can tell before asking; the server also refuses common passwords. */
export function checkPassword(password: string, name = ""): string | undefined {
  if ([...password].length < 12) return `${[...password].length} characters; at least 12 are needed.`;
  if (new Set(password).size < 4) return "Use more than a few different characters.";
  if (name !== "" && password.toLowerCase().includes(name.toLowerCase()) && password.length < name.length + 8)
    return "Do not build it around your name.";
  return undefined;
}

export function checkRepeat(password: string, repeat: string): string | undefined {
  return password === repeat ? undefined : "This is not the same as above.";
}
