/**
 * What people guess first, spelled plainly: `isCommonPassword` takes off what is usually done to these words to get past
 * a rule. A short list finds most of what a long one does, because long passwords that are common are such words
 * lengthened or repeated.
 */
const WORDS = new Set(
  `abc abcabc access account admin administrator alexander amanda america andrea andrew angel animal anthony apple april
   arsenal ashley asdf asdfgh asdfghjkl asdfjkl august autumn azerty babygirl bailey barcelona baseball basketball batman
   beautiful bridgehead broncos brooklyn buster butterfly calendar changeit changeme charlie cheese chelsea chocolate
   chris christmas cisco company computer cookie corona corvette cowboys daniel december default demo diamond dolphin
   dragon eagles earth elizabeth enter europe everything facebook familie family february ferrari flower football forever
   forgot freedom friday friends garfield george ginger golden goodluck google guest hallo hammer hannah happy harley
   heaven hello helpdesk hockey holiday hunter iloveu iloveyou internet january jasmine jennifer jessica jesus
   jordan joshua july june justin killer kitten knight lakers letmein liverpool login london lovely loveme lover
   maggie manager march marina marlboro martin master matrix matthew melissa mercedes merlin michael michelle monday
   money monkey monster mother mountain mustang mynoob nicholas nicole nintendo november nothing office october
   oracle orange parola pass passphrase passw passwd password passwort patrick peanut pepper phoenix platinum please
   pokemon police porsche princess private purple qazwsx qazwsxedc qwer qwert qwerty qwertz qwertyui qwertyuiop rainbow
   ranger raspberry remote richard robert root samantha samsung saturday scooter secret secure security september server
   service shadow silver slipknot snoopy soccer softball sommer spiderman spring starwars steelers strawberry student
   summer sunday sunflower sunshine superman superuser support sweetheart system taylor teacher temp temporary test
   testing thomas thunder thursday tigger trustno tuesday user username vagrant victoria warrior wednesday welcome
   whatever william willkommen winter wizard wordpass yankees yellow zaqxsw zxcv zxcvbn zxcvbnm`.split(/\s+/),
);

/** Runs of neighbours on keyboards and in the alphabet; read in either direction. */
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'q1w2e3r4t5z6u7i8o9p0',
  'q1w2e3r4t5y6u7i8o9p0',
];
const BOTH_WAYS = RUNS.flatMap((run) => [run, [...run].reverse().join('')]);

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
};

/**
 * Whether a password is among the first guesses: a common word or one of `own` (company, product, person), also
 * repeated, with figures and signs before or after it, or with figures for letters; a run of keys; one character or
 * group of characters again and again.
 */
export function isCommonPassword(password: string, own: readonly string[] = []): boolean {
  const text = password.normalize('NFKC').toLowerCase().replace(/\s/g, '');
  const words = new Set([...WORDS, ...own.map((word) => lettersOf(word)).filter((word) => word.length >= 4)]);
  return [text, period(text)].some(
    (form) =>
      form.length < 4 || isRun(form) || isWords(form, words) || isWords(lookalike(withoutEdges(form)), words),
  );
}

function lookalike(text: string): string {
  return [...text].map((character) => LOOKALIKES[character] ?? character).join('');
}

/** The shortest text that makes up the whole by repetition. */
function period(text: string): string {
  const length = (text + text).indexOf(text, 1);
  return length > 0 ? text.slice(0, length) : text;
}

function isRun(text: string): boolean {
  return BOTH_WAYS.some((run) => run.includes(text));
}

/** Common words and nothing else but figures and signs around them. */
function isWords(text: string, words: ReadonlySet<string>): boolean {
  const core = withoutEdges(text);
  if (core === '') return /^\d{1,12}$/.test(text) && isDate(text);
  const parts = core.split(/[^\p{L}]+/u).map((part) => period(part));
  return parts.length <= 2 && parts.every((part) => words.has(part));
}

function withoutEdges(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** A date written without its signs: 31121999, 19991231. */
function isDate(text: string): boolean {
  return /^(?:\d{4}(?:19|20)\d\d|(?:19|20)\d{6})$/.test(text);
}

function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '');
}
