/** Markdown: written in the composer, shown with its formatting. */
import { defineSlot } from '../slots';
import FormattedText from './FormattedText.vue';
import FormatTool from './FormatTool.vue';
import { FORMAT } from './render';

export default defineSlot({
  bodies: [
    {
      order: 90,
      match: (content) => content['format'] === FORMAT && typeof content['formatted_body'] === 'string' && content['msgtype'] === 'm.text',
      component: FormattedText,
    },
  ],
  tools: [{ key: 'format', order: 20, side: 'left', component: FormatTool }],
});
