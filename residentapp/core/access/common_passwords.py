"""Words of which the most common passwords are made, and rows of keys.

Gathered from what published lists of leaked passwords have in their first places world-wide and in Japan, and
from the words an attacker of a municipal office would try first. Words of fewer than four letters are left
out: together they would spell almost anything.
"""

_WORDS = """
password passwort passw0rd passwd word pasuwado letmein welcome login admin administrator root user guest
testtest changeme change default secret master super superman batman spiderman pokemon pikachu doraemon totoro naruto
dragon monkey tiger eagle falcon panda shadow sunshine princess angel lovely love iloveyou iloveu loveme aishiteru
daisuki arigato arigatou konnichiwa sayonara ohayo ohayou sakura himawari hikari hanako tarou taro yamada suzuki
tanaka satou watanabe takahashi itou yamamoto nakamura kobayashi nippon nihon japan tokyo toukyou osaka oosaka
kyoto kyouto nagoya sapporo fukuoka yokohama hiroshima sendai fujisan samurai ninja baseball football soccer
yakyuu hockey basketball tennis golf michael jordan jennifer jessica ashley charlie thomas robert daniel george
andrew joshua matthew nicole hunter buster soccer harley ranger jackson ginger pepper summer winter spring autumn
computer internet windows google apple microsoft android iphone samsung sony nintendo mario zelda game gamer
qwerty qwertyui qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc abcd abcde abcdef
abcdefg abcdefgh abcabc aaaa asdfasdf qweqwe qweasd qweasdzxc zaqwsx trustno trustnoone whatever freedom forever
starwars hello hellohello goodbye please access company office work kaisha shigoto yakusho shiyakusho kuyakusho
yakuba choyakuba shichouson juumin jumin juminhyo juuminhyou koseki inkan shimin shiminka madoguchi shokuin
koumuin kanri kanrisha kacho kachou buchou system server database resident residentapp certificate municipal
cityhall townhall government number mynumber pasokon himitsu hogehoge hoge fuga piyo foobar temp temporary
jinji soumu zeimu kokuho nenkin fukushi senkyo reiwa heisei shouwa taishou meiji happy lucky diamond orange banana
cheese cookie chocolate coffee flower purple yellow silver golden money okane takara january february march april
june july august september october november december monday tuesday wednesday thursday friday saturday sunday
"""

#: Lower case, letters only (the check takes digits and signs away and reads ``0`` as ``o`` and so on).
COMMON_WORDS = frozenset(word for word in _WORDS.split() if len(word) >= 4 and word.isalpha())

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_COLUMNS = "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"

#: Long rows of keys; a password that is a piece of one is no password.
RUNS = tuple(
    direction
    for row in (*(row * 4 for row in _ROWS), "".join(_ROWS[1:4]) * 2, "".join(_ROWS[:4]) * 2, _COLUMNS * 2)
    for direction in (row, row[::-1])
)
