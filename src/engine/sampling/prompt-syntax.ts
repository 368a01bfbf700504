/** What other programs read as instructions inside a prompt, and Fourstep reads as words: found, so that it can be said. */

interface Syntax {
  readonly pattern: RegExp;
  /** Behind "… is": what other programs make of it, and what to do instead. */
  readonly meaning: string;
}

const WORDS = 'here it is read as words';

/** Of AUTOMATIC1111's web UI, ComfyUI, InvokeAI and Dynamic Prompts. Lengths are bounded, so that no prompt takes long. */
const SYNTAXES: readonly Syntax[] = [
  {
    pattern: /<(?:lora|lyco|lycoris):[^<>]{1,200}>/i,
    meaning: `a LoRA in other programs; ${WORDS}. Choose the LoRA in the panel, or give its file with --lora`,
  },
  {
    pattern: /<hypernet:[^<>]{1,200}>|\bembedding:[\w.-]{1,100}/i,
    meaning: `an addition to the model in other programs; ${WORDS}`,
  },
  {
    pattern: /\[[^[\]]{0,200}:\s*[+-]?(?:\d{1,6}\.?\d{0,6}|\.\d{1,6})\s*\]/,
    meaning: `a change of words in the middle of drawing in other programs; ${WORDS}`,
  },
  { pattern: /(?:\)|\b[\p{L}]{2,50})(?:\+{2,9}|-{2,9})(?=$|[\s,.])/u, meaning: `emphasis in other programs; ${WORDS}` },
  {
    pattern: /\{[^{}|]{0,200}\|[^{}]{0,200}\}|\[[^[\]|]{1,200}\|[^[\]]{1,200}\]|__[\w-]{1,100}__/,
    meaning: `a choice in other programs; ${WORDS}`,
  },
];

/** One sentence for each kind; `name` is "prompt" or "negative prompt". */
export function syntaxNotices(name: string, prompt: string): string[] {
  return SYNTAXES.flatMap(({ pattern, meaning }) => {
    const [found] = pattern.exec(prompt) ?? [];
    return found === undefined ? [] : [`"${found}" in the ${name} is ${meaning}.`];
  });
}
