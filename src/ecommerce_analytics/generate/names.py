"""The vocabulary of people: names, places with their tax, domains. All written for this project."""

from typing import Final

FIRST_NAMES: Final = tuple(
    "Aaliyah Aaron Abigail Adam Adriana Aisha Alan Alejandro Alice Amara Amelia Amir Ana Andre "
    "Andrew Angela Anna Anthony Anya Arjun Ava Beatriz Ben Bianca Brandon Brian Caleb Camila "
    "Carla Carlos Caroline Catherine Charlotte Chloe Chris Claire Connor Dana Daniel David Diego "
    "Dylan Elena Eli Elizabeth Ella Emily Emma Eric Ethan Eva Fatima Felix Fiona Francesca Gabriel "
    "Georgia Grace Greta Hannah Hassan Heidi Helen Henry Hiroshi Ian Imani Ines Isaac Isabella "
    "Ivan Jack Jada James Jasmine Jason Jean Jenna Jessica Joanna Joel John Jonas Jordan Joseph "
    "Juan Julia Kai Karen Kate Keisha Kevin Kim Kofi Laura Lauren Layla Leah Leo Liam Lily Linda "
    "Lisa Logan Lucas Lucia Luis Luna Madison Malik Marco Maria Marie Mark Martha Mason Mateo "
    "Matthew Maya Mei Mia Michael Miguel Mila Mina Mohammed Molly Monica Nadia Nancy Naomi Natalie "
    "Nathan Nia Nicole Nina Noah Nora Oliver Olivia Omar Oscar Owen Pablo Patricia Paul Penelope "
    "Peter Priya Quinn Rachel Rafael Ravi Rebecca Riley Robert Rosa Ruby Ruth Ryan Sam Samantha "
    "Sara Sasha Sean Sofia Sophie Stella Stephen Susan Tamika Tara Thomas Tyler Uma Valeria Vera "
    "Victor Violet Wei William Xavier Yara Yuki Yusuf Zara Zoe".split()
)

LAST_NAMES: Final = tuple(
    "Adams Ahmed Allen Alvarez Anderson Andersson Baker Banerjee Barnes Bauer Becker Bell Bennett "
    "Bergman Bianchi Black Brooks Brown Bryant Burke Butler Campbell Carter Castillo Castro Chan "
    "Chen Choi Clark Cohen Cole Coleman Collins Cook Cooper Costa Cox Cruz Davies Davis Diaz "
    "Dubois Duncan Edwards Ellis Evans Fernandez Fischer Fisher Flores Foster Fox Garcia Gibson "
    "Gomez Gonzalez Gordon Graham Grant Gray Green Griffin Gupta Hall Hamilton Hansen Harris "
    "Hayes Henderson Hernandez Hill Hoffman Howard Hughes Hunt Hussain Ibrahim Ito Jackson Jensen "
    "Jimenez Johansson Johnson Jones Jordan Kaur Kelly Kennedy Khan Kim King Klein Kowalski Kumar "
    "Lambert Lang Larsen Lee Leroy Lewis Li Lin Lopez Lopes Martin Martinez Mason Mendoza Meyer "
    "Miller Mitchell Moore Morales Moreau Morgan Morris Muller Murphy Murray Myers Nakamura Nelson "
    "Newman Nguyen Nielsen Novak Obi Okafor Olsen Ortiz Osei Owens Palmer Park Parker Patel Perez "
    "Perry Peterson Petrov Phillips Pierce Powell Price Ramirez Ramos Reed Reyes Reynolds Richter "
    "Rivera Roberts Robinson Rodriguez Rogers Romano Rossi Ruiz Russell Ryan Sanchez Sanders Santos "
    "Sato Schmidt Schneider Scott Shah Shaw Silva Simmons Singh Smith Stewart Stone Suzuki Tanaka "
    "Taylor Thomas Thompson Torres Tran Turner Vargas Wagner Walker Wallace Wang Ward Washington "
    "Watson Weber West White Williams Wilson Wong Wood Wright Wu Yamamoto Yang Young Zhang Zhou".split()
)

EMAIL_DOMAINS: Final = ("example.com", "example.org", "example.net")
EMAIL_DOMAIN_SHARES: Final = (0.62, 0.14, 0.24)

# country, state, tax in hundred-thousandths, share of the shop's people, cities.
PLACES: Final = (
    ("US", "AZ", 8_600, 2.4, ("Phoenix", "Tucson", "Mesa")),
    ("US", "CA", 9_500, 11.5, ("Los Angeles", "San Diego", "San Jose", "San Francisco", "Fresno")),
    ("US", "CO", 8_810, 2.3, ("Denver", "Colorado Springs", "Boulder")),
    ("US", "CT", 6_350, 1.3, ("Hartford", "New Haven")),
    ("US", "FL", 7_000, 6.6, ("Miami", "Orlando", "Tampa", "Jacksonville")),
    ("US", "GA", 7_400, 3.2, ("Atlanta", "Savannah", "Augusta")),
    ("US", "IL", 8_860, 3.8, ("Chicago", "Springfield", "Naperville")),
    ("US", "IN", 7_000, 1.8, ("Indianapolis", "Fort Wayne")),
    ("US", "MA", 6_250, 3.0, ("Boston", "Worcester", "Cambridge")),
    ("US", "MD", 6_000, 1.9, ("Baltimore", "Annapolis")),
    ("US", "MI", 6_000, 2.6, ("Detroit", "Grand Rapids", "Ann Arbor")),
    ("US", "MN", 8_040, 1.8, ("Minneapolis", "Saint Paul", "Duluth")),
    ("US", "MO", 8_440, 1.6, ("Kansas City", "St. Louis")),
    ("US", "NC", 7_000, 3.0, ("Charlotte", "Raleigh", "Durham")),
    ("US", "NJ", 6_625, 3.3, ("Newark", "Jersey City", "Princeton")),
    ("US", "NV", 8_240, 1.1, ("Las Vegas", "Reno")),
    ("US", "NY", 8_875, 9.0, ("New York", "Buffalo", "Rochester", "Albany")),
    ("US", "OH", 7_240, 3.1, ("Columbus", "Cleveland", "Cincinnati")),
    ("US", "OR", 0, 1.5, ("Portland", "Eugene", "Salem")),
    ("US", "PA", 6_340, 3.7, ("Philadelphia", "Pittsburgh", "Allentown")),
    ("US", "TN", 9_550, 1.9, ("Nashville", "Memphis", "Knoxville")),
    ("US", "TX", 8_200, 7.4, ("Houston", "Austin", "Dallas", "San Antonio", "El Paso")),
    ("US", "UT", 7_190, 1.1, ("Salt Lake City", "Provo")),
    ("US", "VA", 5_770, 2.6, ("Richmond", "Virginia Beach", "Arlington")),
    ("US", "WA", 9_380, 2.7, ("Seattle", "Spokane", "Tacoma")),
    ("US", "WI", 5_430, 1.5, ("Milwaukee", "Madison")),
    ("CA", "AB", 5_000, 0.8, ("Calgary", "Edmonton")),
    ("CA", "BC", 12_000, 1.0, ("Vancouver", "Victoria")),
    ("CA", "ON", 13_000, 2.2, ("Toronto", "Ottawa", "Hamilton")),
    ("CA", "QC", 14_975, 1.2, ("Montreal", "Quebec City")),
    ("GB", None, 0, 2.6, ("London", "Manchester", "Bristol", "Edinburgh")),
    ("DE", None, 0, 1.7, ("Berlin", "Hamburg", "Munich", "Cologne")),
    ("FR", None, 0, 1.3, ("Paris", "Lyon", "Marseille")),
    ("MX", None, 0, 1.1, ("Mexico City", "Guadalajara", "Monterrey")),
    ("AU", None, 0, 0.8, ("Sydney", "Melbourne", "Brisbane")),
    ("NL", None, 0, 0.5, ("Amsterdam", "Rotterdam")),
    ("ES", None, 0, 0.5, ("Madrid", "Barcelona", "Valencia")),
    ("SE", None, 0, 0.3, ("Stockholm", "Gothenburg")),
    ("JP", None, 0, 0.3, ("Tokyo", "Osaka")),
    ("BR", None, 0, 0.3, ("Sao Paulo", "Rio de Janeiro")),
)
