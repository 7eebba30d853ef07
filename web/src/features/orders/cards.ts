import OrderCard from './OrderCard.vue';

export default { order: OrderCard };
