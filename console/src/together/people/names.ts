/** A person as a page shows one. Pure. */
export interface Person {
  id: string;
  name: string | null;
  email: string | null;
}

/** Return what to call a person: the name, else the part of the e-mail address before the at sign. */
export function callOf(person: Person | undefined): string | null {
  return person?.name ?? person?.email?.split("@")[0] ?? null;
}

/** Return one or two letters for an avatar. */
export function initials(called: string): string {
  const words = called.split(/[\s._-]+/).filter(Boolean);
  // A Chinese name has no blanks; its last character tells people apart best.
  const only = words[0] ?? "?";
  if (words.length < 2) return /\p{Script=Han}/u.test(only) ? ([...only].at(-1) ?? "?") : letter(only);
  return letter(only) + letter(words.at(-1) ?? "");
}

/** Return a hue from 0 to 359 that stays the same for an id. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % 360;
}

function letter(word: string): string {
  return ([...word][0] ?? "?").toUpperCase();
}
