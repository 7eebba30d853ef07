import CaseCard from './CaseCard.vue';

export default { case: CaseCard, case_state: CaseCard };
