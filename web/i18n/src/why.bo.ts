/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './why.zh'
export const table: Record<Key, string> = {
  'why.from': '{t} ནས་བརྩིས། {n} {unit}',
  'unit.hours': 'ཆུ་ཚོད།',
  'unit.working_hours': 'ལས་ཀའི་ཆུ་ཚོད།',
  'unit.working_days': 'ལས་ཀའི་ཉིན།',
  'unit.calendar_days': 'ཉིན།',
  'why.weekend': 'གཟའ་མཇུག་མི་བརྩི། ཉིན་ {n} {days}',
  'why.holiday': 'གུང་སེང་མི་བརྩི། ཉིན་ {n} {days}',
  'why.makeup': 'བརྗེ་བའི་ལས་ཀའི་ཉིན་བརྩི། {days}',
  'why.more': 'ད་དུང་ཉིན་ {n} མ་བཀོད།',
  'why.pause_days': '{a} ནས་ {b} བར་མཚམས་བཞག ལས་ཀའི་ཉིན་ {n} ཕྱིར་འགྱངས།',
  'why.pause_ms': '{a} ནས་ {b} བར་མཚམས་བཞག {t} ཕྱིར་འགྱངས།',
  'why.extended': '{at} ལ་དུས་འགྱངས་འཐུས་པ། {a} ནས་ {b} བར།',
  'why.uncovered': '{d} ནས་བཟུང་གུང་སེང་མ་བྲིས། གཟའ་མཇུག་ཙམ་བརྩིས།',
  'why.due': 'དེས་ན་ {t} གོང་སྒྲུབ་དགོས།',
  'why.why': 'དུས་བཀག་འདི་ཇི་ལྟར་བརྩིས།',
  'span.min': 'སྐར་མ་ {n}',
  'span.hour': 'ཆུ་ཚོད་ {n}',
  'span.day': 'ཉིན་ {n}',
}
export const reviewed: Key[] = []
