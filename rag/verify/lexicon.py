"""Closed lists of English that the checks read by: opposites, likeness, denial, amount, likelihood.

The lists are of general English, not of any archive. A word that is missing costs recall, never a crash.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.words import STOP_WORDS, stem

# Two sides that exclude each other; words on one side can stand for each other.
_POLES = """
rise increase grow climb raise gain jump soar surge up upward | fall drop decrease decline shrink cut reduce
rise increase grow climb raise gain jump soar surge up upward | plunge lower
rise increase grow climb raise gain higher | slump down downward lose lower cut
more greater bigger larger | less fewer smaller
most | least fewest
maximum max | minimum min
above over exceed | below under beneath
before prior ahead | after following afterwards
early earlier earliest sooner | late later latest
win won beat defeat | lose lost
buy bought purchase acquire | sell sold
accept approve adopt agree embrace ratify uphold upheld | reject refuse disagree decline oppose veto dismiss
allow permit let enable | forbid forbade forbidden prohibit ban prevent block disallow
enable activate | disable deactivate
add include insert | remove delete exclude drop
start begin began begun launch open | stop end finish cease close halt
open reopen | close shut
succeed success successful | fail failure unsuccessful
pass | fail
support favour favor endorse | oppose
confirm affirm admit acknowledge | deny refute
love like enjoy praise | hate dislike criticise criticize blame condemn
good better best great excellent | bad worse worst poor terrible awful
easy easier easily simple simpler | hard harder difficult complicated complex
fast faster fastest quick quicker quickly rapid | slow slower slowest slowly
high tall | low short
long longer longest | short shorter shortest brief
big large huge | small tiny little
strong stronger | weak weaker
safe safer secure | unsafe dangerous insecure risky
cheap cheaper inexpensive | expensive costly dear
rich | poor
new newer newest | old older oldest
young younger | old older
first initial | last final
inside internal inner | outside external outer
public | private
legal lawful | illegal unlawful
true correct right accurate | false wrong incorrect inaccurate mistaken
possible feasible | impossible infeasible
likely probable probably | unlikely improbable
necessary required mandatory compulsory | unnecessary optional
same identical equal similar | different distinct
common frequent often frequently usual usually | rare rarely uncommon infrequent seldom
always | never
everyone everybody | nobody none
everything | nothing
present | absent
present presence | absence
full | empty
hot warm warmer | cold cool colder cooler
wet | dry
grant | refuse deny withhold
genuine real authentic original | fake false forged counterfeit
thick | thin
wide broad | narrow
deep | shallow
heavy | light
near close nearby | far distant
north northern | south southern
east eastern | west western
left | right
import | export
lend lent loan | borrow
create build built establish make | destroy dismantle demolish
attack | defend
appear | disappear vanish
arrive come came | leave left depart
enter | exit leave
push | pull
send sent | receive
give gave given | take took taken
remember | forget forgot forgotten
find found discover | lose lost
save | waste spend spent
gain profit | loss
improve improvement strengthen | worsen deteriorate weaken undermine
advantage benefit pro | disadvantage drawback con downside
positive | negative
optimistic | pessimistic
active | inactive passive
online | offline
male man | female woman
husband | wife
father | mother
brother | sister
son | daughter
buyer | seller
teacher | student
employer | employee
lender | borrower
winner | loser
parent | child
senior | junior
major | minor
theory | practice
encourage promote | discourage deter
expand extend widen | contract narrow
hire employ recruit | fire dismiss
merge unite join combine | split divide separate
lock | unlock release
attach | detach
connect | disconnect
trust | distrust
visible | hidden invisible
known | unknown
known famous | obscure
certain sure | uncertain unsure doubtful
simple | sophisticated
manual manually | automatic automatically
temporary temporarily | permanent permanently
local locally | remote remotely
centralized centralised centralize | decentralized decentralised
synchronous | asynchronous
static | dynamic
deterministic | random
upgrade | downgrade
upload | download
upstream | downstream
inbound incoming | outbound outgoing
input | output
client | server
encrypt | decrypt
compress | decompress
mutable | immutable
sender | recipient receiver
backward | forward
top | bottom
front | back
peace | war
friend ally | enemy
guilty | innocent
alive living live | dead
birth born | death died die
happy glad pleased | sad unhappy upset
calm | nervous anxious
brave | afraid scared
careful | careless reckless
useful helpful | useless
sense | nonsense
break broke broken | fix repair mend
revert undo | merge
restore | lose cut
uphold | overturn dismiss reject
grant | refuse deny withhold
genuine real authentic original | fake false forged counterfeit
thick | thin
trust believe | doubt distrust
agree | disagree
appear | disappear
continue keep remain | stop quit cease
protect | harm threaten endanger
praise applaud welcome | criticise criticize blame condemn
benefit help | harm hurt damage
voluntary | involuntary
conscious | unconscious
major majority | minority
plus | minus
overestimate | underestimate
overstate exaggerate | understate
surplus | deficit shortage
soft gentle lenient | hard strict harsh
soft | hard
opt-in | opt-out
day | night
morning | evening
summer | winter
spring | autumn
today | yesterday tomorrow
"""

_IRREGULAR = """
be was were been is are am; have had has; do did done does; go went gone; say said; tell told; think
thought; know knew known; get got gotten; give gave given; take took taken; make made; come came; see saw
seen; find found; write wrote written; speak spoke spoken; break broke broken; choose chose chosen; rise
rose risen; fall fell fallen; grow grew grown; shrink shrank shrunk; win won; lose lost; buy bought; sell
sold; send sent; spend spent; lend lent; build built; teach taught; catch caught; bring brought; seek
sought; fight fought; begin began begun; run ran; drive drove driven; ride rode ridden; sting stung; steal
stole stolen; freeze froze frozen; wake woke woken; wear wore worn; tear tore torn; bear bore born borne;
swear swore sworn; throw threw thrown; blow blew blown; fly flew flown; draw drew drawn; withdraw withdrew
withdrawn; show showed shown; hold held; uphold upheld; withhold withheld; leave left; mean meant; keep
kept; sleep slept; feel felt; meet met; lead led; read; feed fed; bleed bled; pay paid; lay laid; hear
heard; stand stood; understand understood; sit sat; forget forgot forgotten; eat ate eaten; beat beaten;
bite bit bitten; hide hid hidden; forbid forbade forbidden; sing sang sung; ring rang rung; drink drank
drunk; swim swam swum; sink sank sunk; stick stuck; strike struck; hang hung; dig dug; shake shook shaken;
become became; overcome overcame; sue sued; die died dying; lie lay lain; light lit; shoot shot; bind bound;
wind wound; grind ground; good better best; bad worse worst; person people; child children; man men; woman
women; foot feet; life lives; wife wives; half halves; leaf leaves; datum data; criterion criteria; try
tried; thaw thawed; deal dealt; burn burnt; learn learnt; spread; weave wove woven; undergo underwent
undergone; undo undid undone; rebuild rebuilt; overthrow overthrew overthrown; mistake mistook mistaken;
outdo outdid outdone; foresee foresaw foreseen; arise arose arisen; awake awoke; swell swelled swollen;
prove proved proven; sew sewn; mow mown; bet; quit
"""
# Their forms mean something else too often: "left" is a side, "found" founds, "ground" is soil.
_AMBIGUOUS = frozenset("left ground bit wound lay saw bound lives leaves data born".split())

# Words that a writer takes for each other, beside those on one side of a pole.
_SAME = """
about around roughly approximately nearly almost circa
say said state tell told mention note explain remark report add claim argue
think thought believe feel reckon suspect
show demonstrate reveal indicate
use utilise utilize employ apply
help assist aid
need require must
want wish desire
get obtain receive
make produce manufacture
build construct develop
fix repair mend resolve patch
change alter modify adjust revise
keep retain maintain preserve
move shift relocate transfer
choose pick select
try attempt trial test
happen occur
begin start commence
company firm business
people person
kid child
job position role
big large
quick fast
important crucial key vital significant
problem issue trouble difficulty
error bug fault mistake
idea concept notion
goal aim objective
way method approach
cost price expense
money fund funding
pay paid spend spent
car vehicle automobile
boat ship vessel
house home
city town
country nation
area region
group team
meet met meeting
law legislation
doctor physician
movie film
picture image photo
answer reply respond response
ask asked question inquire
author writer
chief head boss leader director
chief-executive ceo
annual yearly
monthly
weekly
entire whole complete
complete finish
mostly mainly largely primarily
quit resign
vote ballot
fight battle
gift present
begin initiate
speed velocity
turn turned
cancel revert withdraw withdrew withdrawn
reject refuse turn-down
row consecutive
reduce cut lower
remove eliminate
end result outcome
result consequence
cause lead led
due because
allow able
enough sufficient
several various
old former previous previously
new novel
frighten scare scared afraid
vary differ
lock restrict
break broke broken
default standard
option setting parameter
node peer
fee charge
develop developer
train training
learn learned learnt
"""

DENIALS = frozenset(
    """not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely""".split()
)
# A denial by their meaning; they can carry a negation that the other text writes out.
IMPLICIT = frozenset(
    """fail refuse deny reject stop lack avoid prevent prohibit ban forbid decline unable unless instead
    rather except exclude cease miss absent absence remove disable oppose resist dismiss unlikely
    impossible rare rarely seldom untouched unchanged false wrong incorrect mistaken myth doubt abandon
    skip cancel revert withhold omit far free longer anymore until former""".split()
)
# Those that turn a sentence round wherever they are put in.
TURNING = frozenset(
    """fail fails failed refuse refuses refused deny denies denied lack lacks lacked unable impossible
    false untrue
    wrong incorrect mistaken myth avoid avoids avoided prevent prevents prevented cease ceases ceased without
    unlikely decline declines declined doubt doubts doubted stop stops stopped neglect neglects neglected
    forget forgets forgot incapable""".split()
)
# "I don't think it is" denies that it is.
RAISING = frozenset(
    """think believe expect suppose want seem appear feel reckon imagine say mean guess know""".split()
)

ALL, MOST, MANY, SOME, FEW = "all", "most", "many", "some", "few"
AMOUNTS = {
    **dict.fromkeys(
        "all every each both everyone everybody everything always entire entirely completely whole".split(),
        ALL,
    ),
    **dict.fromkeys("most mostly majority usually mainly largely generally".split(), MOST),
    **dict.fromkeys("many often lots numerous frequently plenty much".split(), MANY),
    **dict.fromkeys(
        "some several sometimes partly certain occasionally somebody someone partially".split(), SOME
    ),
    **dict.fromkeys("few rarely seldom little hardly scarcely barely".split(), FEW),
}

MAYBE = frozenset(
    """may might could maybe perhaps possibly potentially likely probably apparently seemingly suspect
    suspects seem seems appears suggest suggests speculate speculates unlikely""".split()
)
PLAN = frozenset(
    """plan plans planned planning propose proposes proposed proposal intend intends intended hope hopes
    hoping aim aims consider considers considering considered expect expects expected scheduled""".split()
)
WISH = frozenset(
    """want wants wanted wish wishes wished try tries trying tried attempt attempts seek seeks should
    ought""".split()
)
WILL = frozenset("will shall going gonna would upcoming".split())
CAN = frozenset(
    """can could able allow allowed allows permit permitted permits let lets possible possibility
    capable""".split()
)
PARTICLES = {"on": "off", "off": "on", "in": "out", "out": "in", "up": "down", "down": "up"}
TITLES = frozenset(
    """director professor president senator minister chairman chairwoman chair chief captain doctor
    judge mayor
    governor secretary colonel commissioner analyst host author reporter engineer developer maintainer
    researcher founder chef critic conductor manager""".split()
)

REPORTING = frozenset(
    """write writes wrote say says said saying state states stated tell tells told mention mentions
    mentioned note notes noted
    explain explains explained remark remarks remarked report reports reported add adds added claim claims
    claimed argue argues argued think thinks thought believe believes believed feel feels felt suspect
    suspects suspected warn warns warned suggest suggests suggested point points pointed describe describes
    described recall recalls recalled call calls called admit admits admitted insist insists insisted ask
    asks asked wonder wonders wondered predict predicts predicted estimate estimates estimated reckon
    reckons observe observes observed stress stresses stressed emphasise emphasises emphasised emphasize
    emphasizes emphasized caution cautions cautioned confirm confirms confirmed deny denies denied announce
    announces announced conclude concludes concluded recommend recommends recommended advise advises advised
    acknowledge acknowledges acknowledged highlight highlights highlighted discuss discusses discussed
    contend contends contended""".split()
)
PREPOSITIONS = frozenset(
    """of in on at by from to with for against than over under into onto through between during before after
    since until within without instead rather per above below across along behind beside toward towards via
    about as""".split()
)
BE = frozenset("is are was were be been being am get gets got getting".split())
BREAKS = frozenset(
    """but although though while whereas because which who whom whose since so unless when if where whether
    however and or""".split()
)
# What follows a subject at once.
VERBAL = frozenset(
    """is was has had does did will would can could may might must should became began bought brought built
    came cut drove fell found gave goes got grew held keeps kept knew leads led left let lost made makes met
    paid put ran rose runs sells sent set sold spent spoke stood takes taught thinks threw told took wants
    went won works wrote beat hit sues uses needs pays gets gives plans rides never also still now""".split()
)
# Words without an article that open a sentence and are no names.
OPENERS = frozenset(
    """power water money work life time music food nobody everyone someone anyone everybody somebody nothing
    everything something one two people half part much less more most least today tomorrow yesterday here
    there previously formerly currently according although because since while even instead rather despite
    unlike like after before during another such few several many some both either neither each every adding
    training data software hardware research evidence trade demand supply growth profit revenue income rent
    traffic news advice progress production later soon once then thus hence still yet only just perhaps
    maybe""".split()
)
# Verbs that are nearly always of saying or thinking, and of somebody.
SAYING = frozenset(
    """writes wrote say says said saying tell tells told argue argues argued think thinks thought
    believe believes believed
    explain explains explained warn warns warned suggest suggests suggested recall recalls recalled insist
    insists insisted admit admits admitted mention mentions mentioned ask asks asked wonder wonders wondered
    suspect suspects suspected recommend recommends recommended stress stresses stressed reckons reckon
    caution cautions cautioned notes noted states stated remarks remarked observes observed emphasises
    emphasised emphasizes emphasized contends contended feels predicts predicted concludes concluded
    acknowledges acknowledged deny denies denied claims claimed""".split()
)
SAYING_BEFORE = frozenset(
    """said says explains explained argues argued writes wrote notes noted warns warned""".split()
)
# Participles that do not end as most do.
PARTICIPLES = frozenset(
    """sold bought told taught brought caught sought built sent spent lent lost won paid made found held kept
    left met led read said heard put cut set hit shut hurt cast sued begun done gone run become thought
    fought""".split()
)
FIRST_PERSON = frozenset("i me my mine myself".split())
WE = frozenset("we us our ours ourselves".split())
THIRD_PERSON = frozenset(
    """he she they him her them his hers their theirs it its this that these those""".split()
)


_DOUBLE = re.compile(r"([bdfgmnprt])\1$")


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    forms = {}
    for group in _IRREGULAR.replace("\n", " ").split(";"):
        base, *others = group.split()
        forms.update({form: base for form in others if form not in _AMBIGUOUS})
    return forms


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """What a lower-case word is compared by: the stem of its plain form.

    >>> root("withdrew") == root("withdraws"), root("bought")
    (True, 'bui')
    >>> root("adding") == root("add")
    True
    """
    # Porter makes "ad" of "adding" and leaves "add" as it is.
    return _DOUBLE.sub(r"\1", stem(_bases().get(word, word)))


@lru_cache(maxsize=1)
def opposites() -> dict[str, frozenset[str]]:
    """Each stem with the stems that exclude it."""
    found: dict[str, set[str]] = {}
    for line in _POLES.strip().splitlines():
        one, other = ([root(word) for word in side.split()] for side in line.split(" | "))
        for these, those in ((one, other), (other, one)):
            for word in these:
                found.setdefault(word, set()).update(those)
    same = {word: frozenset(others - {word}) for word, others in found.items()}
    return same


@lru_cache(maxsize=1)
def alike() -> dict[str, frozenset[str]]:
    """Each stem with those that can stand for it, itself among them."""
    found: dict[str, set[str]] = {}
    sides = [side for line in _POLES.strip().splitlines() for side in line.split(" | ")]
    for side in [*sides, *_SAME.strip().splitlines()]:
        together = {root(word) for word in side.split()}
        for word in together:
            found.setdefault(word, set()).update(together)
    return {word: frozenset(others) for word, others in found.items()}


def same(one: str, other: str) -> bool:
    """Whether two stems can stand for each other.

    >>> same("rise", "increas"), same("rise", "fall")
    (True, False)
    """
    return one == other or other in alike().get(one, ())


def opposed(one: str, other: str) -> bool:
    """Whether two stems exclude each other.

    >>> opposed("rise", "fall"), opposed("rise", "grow")
    (True, False)
    """
    return other in opposites().get(one, ())


FUNCTION_ROOTS = frozenset(stem(word) for word in STOP_WORDS)
