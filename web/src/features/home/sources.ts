/** How a row of the pending list looks, by its source's name (`workflows/pending`); the words are `home.act.<source>`. */
import type { IconName } from '@/ui/icons';

export const ICONS: Record<string, IconName> = {
  sign_for: 'task', report: 'edit', decide_extension: 'history', check_report: 'check', returned: 'undo', spot_check: 'place',
  close_item: 'check', recheck: 'check', rectify: 'warning', answer_part: 'people', answer_dissent: 'people', settle_lead: 'people',
  order_sign_for: 'horn', order_report: 'horn', order_for_unit: 'horn', decide_consent: 'stamp', decide_case: 'stamp',
  problem_handle: 'flag', problem_check: 'flag', expert_review: 'people', answer_feedback: 'chat', attached_apps: 'apps', stand_in: 'people',
};
