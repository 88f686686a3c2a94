import { defineMessages } from '../catalogue'

/** Where in an institution somebody is found. */
export const beds = defineMessages({
  zh: { bed: '{bed} 床', seat: '座位 {bed}' },
  en: { bed: 'Bed {bed}', seat: 'Seat {bed}' },
})
