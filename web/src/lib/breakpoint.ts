import { readonly, ref, type Ref } from 'vue';

function follow(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query);
  const matches = ref(list.matches);
  list.addEventListener('change', (event) => {
    matches.value = event.matches;
  });
  return readonly(matches);
}

/** The three layouts of the design: phone under 768, middle to 1199, wide from 1200. */
export const isPhone = follow('(max-width: 767.98px)');
/** The sign-in scene stands beside the form from here on, above it below. */
export const isAbove1024 = follow('(min-width: 1024px)');
export const isWide = follow('(min-width: 1200px)');
