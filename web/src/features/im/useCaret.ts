/** Words put into a text field where the caret stands, as if typed; the field grows with them. */
import { nextTick, type Ref } from 'vue';

import { applyMark, type Mark } from './markdown/marks';

interface Caret {
  /** As high as its words; the style sheet says where that ends. */
  resize: () => void;
  insert: (words: string) => Promise<void>;
  /** Formatting around the selected words, or in front of their lines. */
  wrap: (mark: Mark) => Promise<void>;
  /** An @ at the caret, apart from a word of Latin letters before it. */
  startMention: () => Promise<void>;
  /** Words in the place of those from `start` to the caret. */
  replace: (start: number, words: string) => Promise<void>;
}

/** `typed` runs after the words changed, as after a key; not after `replace`, whose caller knows what it chose. */
export function useCaret(area: Ref<HTMLTextAreaElement | null>, text: Ref<string>, typed: () => void): Caret {
  function resize(): void {
    const element = area.value;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }

  async function select(from: number, to = from): Promise<void> {
    await nextTick();
    area.value?.focus();
    area.value?.setSelectionRange(from, to);
  }

  async function insert(words: string): Promise<void> {
    const caret = area.value?.selectionStart ?? text.value.length;
    text.value = `${text.value.slice(0, caret)}${words}${text.value.slice(area.value?.selectionEnd ?? caret)}`;
    await select(caret + words.length);
    typed();
  }

  async function wrap(mark: Mark): Promise<void> {
    const element = area.value;
    if (!element) return;
    const marked = applyMark(text.value, element.selectionStart, element.selectionEnd, mark);
    text.value = marked.text;
    await select(marked.from, marked.to);
    typed();
  }

  async function startMention(): Promise<void> {
    const element = area.value;
    if (!element) return;
    const caret = element.selectionStart;
    const gap = caret > 0 && /[A-Za-z0-9]/.test(text.value[caret - 1] ?? '') ? ' ' : '';
    text.value = `${text.value.slice(0, caret)}${gap}@${text.value.slice(caret)}`;
    await select(caret + gap.length + 1);
    typed();
  }

  async function replace(start: number, words: string): Promise<void> {
    const caret = area.value?.selectionStart ?? text.value.length;
    text.value = `${text.value.slice(0, start)}${words}${text.value.slice(caret)}`;
    await select(start + words.length);
    resize();
  }

  return { resize, insert, wrap, startMention, replace };
}
