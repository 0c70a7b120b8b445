# A list that is taken along as a file says what duty cards and names of units, grids and categories say anyway.
person 管 admin 540102001001
person 格 officer 540102001001-01
管 person.card 格 {"name":"扎西","duty_phone":"0891600010"} -> active
count 1 SELECT count(*) FROM card WHERE community = $1 AND name = '扎西'
