"""The languages that have a two-letter code in ISO 639, and a few others with a three-letter code.

The codes are those of ISO 639-2. The usual script of a language is the likely subtag of the
Unicode CLDR. A small table serves better than a library here: this package depends on msgspec
alone, and the libraries bring megabytes of data for the same lookups.
"""

import msgspec


class ListedLanguage(msgspec.Struct, frozen=True):
    """A row of the table.

    ``bibliographic`` is the second three-letter code that some languages have, else None.
    ``script`` is the ISO 15924 code of the script that the language is usually written in.
    """

    code: str
    three_letters: str
    bibliographic: str | None
    script: str
    name: str


_TABLE = """
aa aar - Latn Afar
ab abk - Cyrl Abkhazian
af afr - Latn Afrikaans
ak aka - Latn Akan
am amh - Ethi Amharic
an arg - Latn Aragonese
ar ara - Arab Arabic
as asm - Beng Assamese
ast ast - Latn Asturian
av ava - Cyrl Avaric
ay aym - Latn Aymara
az aze - Latn Azerbaijani
ba bak - Cyrl Bashkir
be bel - Cyrl Belarusian
bg bul - Cyrl Bulgarian
bi bis - Latn Bislama
bm bam - Latn Bambara
bn ben - Beng Bengali
bo bod tib Tibt Tibetan
br bre - Latn Breton
bs bos - Latn Bosnian
ca cat - Latn Catalan
ce che - Cyrl Chechen
ceb ceb - Latn Cebuano
ch cha - Latn Chamorro
ckb ckb - Arab Central Kurdish
co cos - Latn Corsican
cr cre - Cans Cree
cs ces cze Latn Czech
cu chu - Cyrl Church Slavonic
cv chv - Cyrl Chuvash
cy cym wel Latn Welsh
da dan - Latn Danish
de deu ger Latn German
dsb dsb - Latn Lower Sorbian
dv div - Thaa Divehi
dz dzo - Tibt Dzongkha
ee ewe - Latn Ewe
el ell gre Grek Greek
en eng - Latn English
eo epo - Latn Esperanto
es spa - Latn Spanish
et est - Latn Estonian
eu eus baq Latn Basque
fa fas per Arab Persian
ff ful - Latn Fulah
fi fin - Latn Finnish
fil fil - Latn Filipino
fj fij - Latn Fijian
fo fao - Latn Faroese
fr fra fre Latn French
fy fry - Latn Western Frisian
ga gle - Latn Irish
gd gla - Latn Scottish Gaelic
gl glg - Latn Galician
gn grn - Latn Guarani
grc grc - Grek Ancient Greek
gu guj - Gujr Gujarati
gv glv - Latn Manx
ha hau - Latn Hausa
haw haw - Latn Hawaiian
he heb - Hebr Hebrew
hi hin - Deva Hindi
ho hmo - Latn Hiri Motu
hr hrv - Latn Croatian
hsb hsb - Latn Upper Sorbian
ht hat - Latn Haitian Creole
hu hun - Latn Hungarian
hy hye arm Armn Armenian
hz her - Latn Herero
ia ina - Latn Interlingua
id ind - Latn Indonesian
ie ile - Latn Interlingue
ig ibo - Latn Igbo
ik ipk - Latn Inupiaq
io ido - Latn Ido
is isl ice Latn Icelandic
it ita - Latn Italian
iu iku - Cans Inuktitut
ja jpn - Jpan Japanese
jv jav - Latn Javanese
ka kat geo Geor Georgian
kg kon - Latn Kongo
ki kik - Latn Kikuyu
kj kua - Latn Kuanyama
kk kaz - Cyrl Kazakh
kl kal - Latn Kalaallisut
km khm - Khmr Khmer
kn kan - Knda Kannada
ko kor - Kore Korean
kok kok - Deva Konkani
kr kau - Latn Kanuri
ks kas - Arab Kashmiri
ku kur - Latn Kurdish
kv kom - Cyrl Komi
kw cor - Latn Cornish
ky kir - Cyrl Kyrgyz
la lat - Latn Latin
lb ltz - Latn Luxembourgish
lg lug - Latn Ganda
li lim - Latn Limburgish
ln lin - Latn Lingala
lo lao - Laoo Lao
lt lit - Latn Lithuanian
lu lub - Latn Luba-Katanga
lv lav - Latn Latvian
mai mai - Deva Maithili
mg mlg - Latn Malagasy
mh mah - Latn Marshallese
mi mri mao Latn Maori
mk mkd mac Cyrl Macedonian
ml mal - Mlym Malayalam
mn mon - Cyrl Mongolian
mr mar - Deva Marathi
ms msa may Latn Malay
mt mlt - Latn Maltese
my mya bur Mymr Burmese
na nau - Latn Nauruan
nb nob - Latn Norwegian Bokmål
nd nde - Latn North Ndebele
ne nep - Deva Nepali
ng ndo - Latn Ndonga
nl nld dut Latn Dutch
nn nno - Latn Norwegian Nynorsk
no nor - Latn Norwegian
nr nbl - Latn South Ndebele
nv nav - Latn Navajo
ny nya - Latn Chichewa
oc oci - Latn Occitan
oj oji - Cans Ojibwa
om orm - Latn Oromo
or ori - Orya Odia
os oss - Cyrl Ossetian
pa pan - Guru Punjabi
pl pol - Latn Polish
ps pus - Arab Pashto
pt por - Latn Portuguese
qu que - Latn Quechua
rm roh - Latn Romansh
rn run - Latn Rundi
ro ron rum Latn Romanian
ru rus - Cyrl Russian
rw kin - Latn Kinyarwanda
sa san - Deva Sanskrit
sc srd - Latn Sardinian
sco sco - Latn Scots
sd snd - Arab Sindhi
se sme - Latn Northern Sami
sg sag - Latn Sango
si sin - Sinh Sinhala
sk slk slo Latn Slovak
sl slv - Latn Slovenian
sm smo - Latn Samoan
sn sna - Latn Shona
so som - Latn Somali
sq sqi alb Latn Albanian
sr srp - Cyrl Serbian
ss ssw - Latn Swati
st sot - Latn Sotho
su sun - Latn Sundanese
sv swe - Latn Swedish
sw swa - Latn Swahili
syr syr - Syrc Syriac
ta tam - Taml Tamil
te tel - Telu Telugu
tg tgk - Cyrl Tajik
th tha - Thai Thai
ti tir - Ethi Tigrinya
tk tuk - Latn Turkmen
tl tgl - Latn Tagalog
tn tsn - Latn Tswana
to ton - Latn Tongan
tr tur - Latn Turkish
ts tso - Latn Tsonga
tt tat - Cyrl Tatar
tw twi - Latn Twi
ty tah - Latn Tahitian
ug uig - Arab Uyghur
uk ukr - Cyrl Ukrainian
ur urd - Arab Urdu
uz uzb - Latn Uzbek
ve ven - Latn Venda
vi vie - Latn Vietnamese
vo vol - Latn Volapük
wa wln - Latn Walloon
wo wol - Latn Wolof
xh xho - Latn Xhosa
yi yid - Hebr Yiddish
yo yor - Latn Yoruba
yue yue - Hant Cantonese
za zha - Latn Zhuang
zh zho chi Hans Chinese
zu zul - Latn Zulu
"""


def _listed(row: str) -> ListedLanguage:
    code, three_letters, bibliographic, script, name = row.split(maxsplit=4)
    return ListedLanguage(
        code, three_letters, None if bibliographic == "-" else bibliographic, script, name
    )


LANGUAGES = {listed.code: listed for listed in map(_listed, _TABLE.strip().splitlines())}
"""The table by code: the two-letter code where there is one."""
