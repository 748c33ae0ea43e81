"""Foods by what a diet may exclude: the 14 allergens of EU law (Regulation 1169/2011) and others.

Words are folded (lower case, no accents), in English and Portuguese, in the singular.
"""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "gluten": (
        "gluten, cereal containing gluten",
        (
            "wheat, trigo, barley, cevada, rye, centeio, oat, aveia, spelt, espelta, kamut, "
            "semolina, semola, durum, farro, bulgur, couscous, cuscuz marroquino, seitan, malt, "
            "malte, freekeh, triticale, farelo, bran, oat milk"
        ),
        (
            "flour, farinha de trigo, farinha, roux, bechamel, batter, empanado, empanada, "
            "milanesa, breaded, breadcrumb, farinha de rosca, panko, crouton, tempura, a "
            "milanesa, schnitzel"
        ),
        (
            "bread, pao, toast, torrada, brioche, focaccia, ciabatta, baguette, bagel, bun, pita, "
            "naan, bruschetta, crostini, sandwich, sanduiche, burger, hamburguer, tortilla, wrap, "
            "pizza, calzone, crouton, sourdough, veggie burger, vegetable burger, plant-based "
            "burger, vegan burger, mushroom burger, hamburguer vegetal, hamburguer vegano, "
            "hamburguer de grao de bico, hot dog"
        ),
        (
            "pasta, massa, macarrao, macaroni, spaghetti, espaguete, penne, fettuccine, linguine, "
            "tagliatelle, pappardelle, rigatoni, ravioli, tortellini, gnocchi, nhoque, lasagna, "
            "lasagne, lasanha, cannelloni, noodle, lamen, ramen, udon, yakissoba, dumpling, "
            "gyoza, orzo, carbonara, wonton, spring roll"
        ),
        (
            "cake, bolo, pie, torta, tart, tarte, tartelete, quiche, pastry, pastel, croissant, "
            "cookie, biscuit, biscoito, bolacha, brownie, muffin, waffle, pancake, panqueca, "
            "crepe, donut, profiterole, eclair, strudel, tiramisu, cheesecake, crumble, cracker, "
            "puff pastry, massa folhada, filo, wafer, empada, coxinha"
        ),
        "beer, cerveja, lager, stout, ale, soy sauce, molho de soja, shoyu",
    ),
    "crustaceans": (
        "crustacean, crustaceo, shellfish, seafood, frutos do mar, fruto do mar, marisco",
        "shrimp, camarao, prawn, scampi",
        "lobster, lagosta, langoustine, lagostim",
        "crab, siri, caranguejo",
        (
            "crayfish, krill, bisque, surimi, paella, bouillabaisse, moqueca de camarao, bobo de "
            "camarao"
        ),
    ),
    "eggs": (
        "egg, ovo",
        (
            "yolk, gema, egg white, clara de ovo, omelette, omelet, omelete, frittata, scrambled "
            "egg, albumin, albumina"
        ),
        (
            "mayonnaise, mayo, maionese, aioli, hollandaise, bearnaise, tartare sauce, meringue, "
            "merengue, suspiro, custard, quindim, quiche, carbonara, tiramisu, mousse, souffle, "
            "zabaglione, brioche, pudim, cake, bolo, pao de queijo, pancake, panqueca, crepe, "
            "waffle, caesar, brownie, muffin, pavlova, macaron, egg pasta, egg noodle, fios de "
            "ovos"
        ),
    ),
    "fish": (
        "fish, peixe, pescado, seafood",
        "salmon, salmao",
        "tuna, atum",
        "cod, bacalhau",
        "hake, merluza, pescada",
        "trout, truta",
        "sardine, sardinha",
        "anchovy, anchova, aliche",
        "sea bass, branzino, robalo",
        "sea bream, dourada",
        "sole, halibut, linguado",
        "grouper, garoupa",
        (
            "mackerel, cavala, dorado, tilapia, snapper, turbot, rodovalho, monkfish, tamboril, "
            "swordfish, namorado, pirarucu, eel, enguia, herring, arenque, haddock, pollock, "
            "bottarga, caviar, roe, ovas, fish sauce, molho de peixe, worcestershire, molho "
            "ingles, garum, dashi, sushi, sashimi, ceviche, caesar, surimi, bouillabaisse, "
            "nicoise, colatura, puttanesca, dogfish, tainha, pintado, tambaqui"
        ),
    ),
    "peanuts": (
        "peanut, amendoim, groundnut, nut, mixed nuts, oleaginosa",
        (
            "peanut butter, manteiga de amendoim, pacoca, satay, sate, pe de moleque, arachis, "
            "pad thai, kung pao, pasta de amendoim"
        ),
    ),
    "soya": (
        "soya, soy, soja",
        (
            "tofu, edamame, tempeh, miso, soy sauce, molho de soja, shoyu, tamari, soy milk, "
            "leite de soja, soya milk, soy lecithin, lecitina de soja, natto, teriyaki, textured "
            "vegetable protein, hoisin, ponzu, yakissoba, missoshiru, carne de soja"
        ),
    ),
    "dairy": (
        (
            "dairy, lactose, milk product, laticinio, lacteo, derivado do leite, derivado de "
            "leite, casein, caseina, whey, soro de leite, milk protein, proteina do leite"
        ),
        (
            "milk, leite, buttermilk, leitelho, condensed milk, leite condensado, doce de leite, "
            "dulce de leche, brigadeiro, milkshake, latte, cappuccino"
        ),
        (
            "cheese, queijo, parmesan, parmesao, parmigiano, grana padano, pecorino, mozzarella, "
            "mussarela, mucarela, muzzarella, burrata, ricotta, ricota, mascarpone, gorgonzola, "
            "roquefort, brie, camembert, feta, cheddar, gouda, gruyere, emmental, provolone, "
            "taleggio, stilton, halloumi, paneer, cottage, catupiry, requeijao, cream cheese, "
            "fontina, manchego, stracciatella, goat cheese, cheesecake, pao de queijo, coalho, "
            "quattro formaggi, four cheese, fondue, lasagna, lasagne, lasanha, pizza, alfredo, "
            "caesar, pesto, carbonara, caprese, cannelloni"
        ),
        "butter, manteiga, ghee, beurre blanc, hollandaise, brioche, croissant, puff pastry",
        (
            "cream, creme, nata, creme de leite, whipped cream, chantilly, sour cream, creme "
            "fraiche, ice cream, sorvete, gelato, yogurt, yoghurt, iogurte, kefir, coalhada, "
            "bechamel, custard, panna cotta, pannacotta, creme brulee, tiramisu, mousse, pudim, "
            "ganache, stroganoff, estrogonofe, strogonoff, risotto, risoto, tzatziki, labneh, "
            "milk chocolate, chocolate ao leite, white chocolate, chocolate branco, caramel, "
            "fudge, toffee, gratin, gratinado, mornay, korma"
        ),
    ),
    "nuts": (
        (
            "nut, tree nut, noz, nozes, fruto seco, frutos secos, castanha, oleaginosa, mixed "
            "nuts, fruto de casca rija"
        ),
        "almond, amendoa",
        "hazelnut, avela",
        "walnut",
        "cashew, caju, castanha de caju",
        "pecan",
        "brazil nut, castanha do para, castanha do brasil",
        "pistachio, pistache",
        "pine nut, pinoli, pinhao",
        "macadamia, chestnut",
        (
            "marzipan, macapao, nougat, torrone, praline, gianduja, frangipane, amaretto, "
            "amaretti, nutella, pesto, baklava, macaron, almond milk, leite de amendoas, leite de "
            "amendoa, almond flour, farinha de amendoas, farinha de amendoa, dukkah, romesco, "
            "cashew milk, leite de castanha, granola, muesli, frangelico, cantucci, biscotti"
        ),
    ),
    "celery": ("celery, aipo, salsao, celeriac, aipo rabano, mirepoix, waldorf, soffritto",),
    "mustard": ("mustard, mostarda, dijon, honey mustard",),
    "sesame": (
        "sesame, gergelim, sesamo",
        (
            "tahini, tahine, hummus, homus, halva, baba ganoush, zaatar, za'atar, gomasio, "
            "dukkah, falafel"
        ),
    ),
    "sulphites": (
        "sulphite, sulfite, sulfito, sulphur dioxide, dioxido de enxofre, so2, e220",
        (
            "wine, vinho, champagne, prosecco, cava, espumante, port, sherry, vermouth, marsala, "
            "cider, sidra, vinegar, vinagre, balsamic, balsamico, dried fruit, fruta seca, frutas "
            "secas, raisin, uva passa, uvas passas, dried apricot, damasco seco, marinara, "
            "molasses"
        ),
    ),
    "lupin": ("lupin, lupine, lupini, tremoco",),
    "molluscs": (
        "mollusc, mollusk, molusco, shellfish, seafood, frutos do mar, fruto do mar, marisco",
        "mussel, mexilhao",
        "oyster, ostra",
        "clam, ameijoa, vongole, vongola",
        "scallop, vieira",
        "squid, lula, calamari",
        "octopus, polvo",
        "snail, escargot, caracol",
        (
            "cuttlefish, abalone, sururu, cockle, berbigao, oyster sauce, molho de ostra, squid "
            "ink, nero di seppia, paella, bouillabaisse"
        ),
    ),
    "meat": (
        "meat, carne, poultry, red meat, carne vermelha",
        "chicken, frango, galinha, carne de frango",
        "turkey, peru",
        "duck, pato",
        "veal, vitela",
        "foie gras",
        "liver, figado",
        (
            "beef, bovina, carne bovina, carne de boi, carne de vaca, steak, "
            "bife, picanha, ossobuco, brisket, ribeye, fillet mignon, filet "
            "mignon, file mignon, entrecote, sirloin, maminha, fraldinha, alcatra, cupim, "
            "costela, carpaccio, meatball, almondega, bolognese, bolonhesa, ragu, burger, "
            "hamburguer, stroganoff, estrogonofe, pastrami, jerky, carne seca, charque, oxtail, "
            "rabada, tripe, sweetbread, feijoada, moussaka, chili con carne, wagyu, t-bone, bone "
            "marrow, tutano, meat broth, beef broth, beef stock, chicken stock, chicken broth, "
            "caldo de carne, caldo de galinha, kebab, haggis, gyros, pate"
        ),
        "goose, ganso, quail, codorna, coxinha, pheasant, capon",
        (
            "lamb, cordeiro, mutton, carneiro, goat, cabrito, venison, veado, rabbit, coelho, "
            "boar, javali, bison, horse"
        ),
        "gelatin, gelatine, gelatina, lard, banha, suet, tallow, rennet",
    ),
    "pork": (
        "pork, porco, suino, suina, carne de porco, carne suina, pork meat",
        (
            "bacon, ham, presunto, prosciutto, pancetta, guanciale, salami, salame, sausage, "
            "linguica, salsicha, chorizo, chourico, pepperoni, calabresa, mortadella, mortadela, "
            "nduja, speck, lombo, pernil, leitao, torresmo, lard, banha, carbonara, amatriciana, "
            "feijoada, serrano, iberico, paio, toucinho, leitoa, hot dog"
        ),
    ),
    "honey": ("honey, mel, honeycomb, favo, mead, hidromel",),
    "alcohol": (
        "alcohol, alcool, liquor, liqueur, licor, bebida alcoolica",
        (
            "wine, vinho, beer, cerveja, champagne, prosecco, rum, vodka, gin, whisky, whiskey, "
            "brandy, cognac, conhaque, cachaca, caipirinha, tequila, sake, marsala, amaretto, "
            "port, sherry, vermouth, limoncello, grappa, cider, sidra, kirsch, bourbon, absinthe, "
            "campari, aperol, negroni, spritz, sangria, flambe, kahlua, baileys"
        ),
    ),
}
"""Words of each group by concept; the first concept names the group as a whole."""

_OTHER_FOODS = """
kiwi; strawberry, morango; banana; tomato, tomate; garlic, alho; onion, cebola; corn, milho,
maize; avocado, abacate; pineapple, abacaxi, ananas; mango, manga; peach, pessego; apple, maca;
pear, pera; orange, laranja; lemon, limao; lime; citrus, citrico; grape, uva; melon, melao;
watermelon, melancia; papaya, mamao; cherry, cereja; plum, ameixa; apricot, damasco; fig, figo;
berry; raspberry, framboesa; blueberry, mirtilo; blackberry, amora; coconut, coco, coconut milk,
leite de coco; chocolate, cocoa, cacao, cacau, cocoa butter, manteiga de cacau; coffee, cafe,
caffeine, cafeina; tea, cha; cinnamon, canela; vanilla, baunilha; coriander, cilantro, coentro;
parsley, salsa, salsinha; basil, manjericao; mint, hortela, menta; ginger, gengibre; chili,
chilli, chile, pimenta, spicy, picante, apimentado; pepper, pimentao, bell pepper, capsicum; black
pepper, pimenta do reino; mushroom, cogumelo, funghi, porcini, shiitake, champignon, truffle,
trufa, oyster mushroom; potato, batata; sweet potato, batata doce; carrot, cenoura; spinach,
espinafre; broccoli, brocolis; cauliflower, couve-flor; cabbage, repolho; kale, couve; beetroot,
beet, beterraba; cucumber, pepino; eggplant, aubergine, berinjela; zucchini, courgette, abobrinha;
pumpkin, squash, abobora, butternut; asparagus, aspargo; artichoke, alcachofra; olive, azeitona;
caper, alcaparra; pea, ervilha; lentil, lentilha; chickpea, grao de bico; bean, feijao; legume,
leguminosa, pulse; rice, arroz; quinoa; buckwheat, trigo sarraceno; cassava, mandioca, aipim,
tapioca; sugar, acucar; salt, sal, sodium, sodio; nightshade, solanacea; sunflower seed, semente
de girassol; poppy seed, papoula; yeast, levedura, fermento; msg, monosodium glutamate, glutamato;
saffron, acafrao; turmeric, curcuma; cumin, cominho; rosemary, alecrim; thyme, tomilho; oregano;
radish, rabanete; lettuce, alface; rocket, arugula, rucula; passion fruit, maracuja; guava,
goiaba; acai; pomegranate; nectarine, nectarina; leek, alho-poro; oil, oleo; olive oil, azeite;
palm oil, dende, oleo de palma; vinegar, vinagre; food colouring, corante, dye
"""
OTHER_FOODS = tuple(" ".join(_OTHER_FOODS.split()).split("; "))
"""Foods of no group that guests are allergic to or dislike, each with its names."""

HARMLESS = (
    "cream of tartar, water chestnut, coconut flour, farinha de coco, rice flour, farinha de "
    "arroz, corn flour, farinha de milho, fuba, farinha de mandioca, chickpea flour, farinha de "
    "grao de bico, rice noodle, rice paper, rice pasta, glass noodle, corn tortilla, tortilla de "
    "milho, rice vinegar, rice milk, leite de arroz, coconut cream, creme de coco, coconut "
    "yogurt, vegan cheese, queijo vegano, vegan butter, vegan cream, vegan sausage, butter bean, "
    "butter lettuce, carne de jaca, massa de arroz, macarrao de arroz, polvilho, port salut, "
    "buckwheat flour, sea salt, tomate seco, leite vegetal, vegetable milk, plant milk"
)
"""Longer names that hold the word of a group without being of it."""

DIETS = {
    "vegan": (
        "vegan, vegano, vegana, plant-based, plant based, vegetariano estrito, "
        "vegetariana estrita, strict vegetarian",
        "meat, pork, fish, crustaceans, molluscs, dairy, eggs, honey",
    ),
    "vegetarian": (
        "vegetarian, vegetariano, vegetariana, veggie, meatless, meat-free, ovo-lacto, lacto-ovo, "
        "ovolactovegetariano, ovolactovegetariana",
        "meat, pork, fish, crustaceans, molluscs",
    ),
    "pescatarian": (
        "pescatarian, pescetarian, pescatariano, pescatariana, pescetariano, pescetariana",
        "meat, pork",
    ),
    "halal": ("halal", "pork, alcohol"),
    "kosher": ("kosher, kasher, cosher", "pork, crustaceans, molluscs"),
    "celiac": ("celiac, coeliac, celiaco, celiaca, doenca celiaca", "gluten"),
}
"""Names of each diet, and the groups that it excludes."""
