"""Sentences and words of any letter, about nothing in particular: how like these a description is says how little a likeness means."""

SENTENCES = (
    "The train leaves at half past eight.",
    "She put the book back on the shelf and closed the window.",
    "Our meeting was moved to the second floor.",
    "It has been raining since Monday.",
    "Please find the document below.",
    "He learned to play the piano when he was six.",
    "Thank you and have a nice day.",
    "My name is Peter and I live in a small town.",
    "The results will be published next year.",
    "I would like to know more about it.",
    "The patient was seen by the doctor in the morning.",
    "The invoice was paid on the fifth of the month.",
    "The new version of the program is faster.",
    "They walked along the river for an hour.",
    "This is really not good at all.",
    "Who is responsible for the contract?",
    "El tren sale a las ocho y media.",
    "Ella cerró la ventana y se fue a dormir.",
    "La reunión se cambió al segundo piso.",
    "Lleva lloviendo desde el lunes.",
    "Muchas gracias y que tenga un buen día.",
    "Me llamo Pedro y vivo en un pueblo pequeño.",
    "Los resultados se publicarán el año que viene.",
    "El médico vio al paciente por la mañana.",
    "La factura se pagó el día cinco.",
    "Caminaron una hora a lo largo del río.",
    "¿Quién es el responsable del contrato?",
    "Der Zug fährt um halb neun ab.",
    "Sie stellte das Buch zurück und schloss das Fenster.",
    "Die Besprechung wurde in den zweiten Stock verlegt.",
    "Seit Montag regnet es.",
    "Vielen Dank und einen schönen Tag.",
    "Ich heiße Peter und wohne in einer kleinen Stadt.",
    "Die Ergebnisse werden nächstes Jahr veröffentlicht.",
    "Der Arzt hat den Patienten am Morgen gesehen.",
    "Die Rechnung wurde am Fünften bezahlt.",
    "Sie gingen eine Stunde am Fluss entlang.",
    "Wer ist für den Vertrag zuständig?",
    # What letters begin and end with, and where and when something was.
    "Dear Sir or Madam,",
    "Hello, this is Mary Jones.",
    "Kind regards, John Smith",
    "I was there on the 4th of June.",
    "It happened yesterday.",
    "I am writing to you because of this.",
    "How can we help you?",
    "I am sorry to hear that.",
    "Goodbye and thanks.",
    "Estimados señores:",
    "Hola, soy María López.",
    "Un saludo, Juan García",
    "Estuve allí el 4 de junio.",
    "Eso fue ayer.",
    "Les escribo por lo siguiente.",
    "¿En qué podemos ayudarle?",
    "Lo sentimos.",
    "Adiós y gracias.",
    "Sehr geehrte Damen und Herren,",
    "Hallo, hier ist Maria Schmidt.",
    "Mit freundlichen Grüßen, Hans Müller",
    "Ich war am 4. Juni dort.",
    "Das war gestern.",
    "Ich schreibe Ihnen aus folgendem Grund.",
    "Wie können wir Ihnen helfen?",
    "Das tut uns leid.",
    "Auf Wiedersehen und danke.",
)

WORDS = (
    "time year day week morning home house way thing part case point place side end man woman child family name people friend number "
    "word question answer problem reason money work hand eye head life world old new good bad great small large long high low right wrong "
    "first last next same different important sure able always never often again still already just really very much many more most "
    "go come see know think take give find tell ask feel become leave put mean keep let begin seem help show hear play run move live "
    "believe bring happen write sit stand lose pay meet include continue wait buy sell send receive open close "
    "tiempo año día semana mañana casa manera cosa parte caso punto lugar lado fin hombre mujer niño familia nombre gente amigo número "
    "palabra pregunta respuesta problema razón dinero trabajo mano vida mundo viejo nuevo bueno malo grande pequeño largo alto bajo "
    "primero último próximo mismo diferente importante seguro siempre nunca otra vez todavía ya muy mucho más ir venir ver saber pensar "
    "tomar dar encontrar decir preguntar sentir dejar poner mantener empezar parecer ayudar mostrar oír pagar comprar vender enviar abrir "
    "Zeit Jahr Tag Woche Morgen Haus Weise Sache Teil Fall Punkt Platz Seite Ende Mann Frau Kind Familie Name Leute Freund Nummer Wort "
    "Frage Antwort Problem Grund Geld Arbeit Hand Leben Welt alt neu gut schlecht groß klein lang hoch niedrig richtig falsch erste letzte "
    "nächste gleich anders wichtig sicher immer nie oft wieder noch schon sehr viel mehr gehen kommen sehen wissen denken nehmen geben "
    "finden sagen fragen fühlen lassen stellen halten beginnen scheinen helfen zeigen hören zahlen kaufen verkaufen schicken öffnen"
).split()

__all__ = ["SENTENCES", "WORDS"]
