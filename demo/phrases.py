"""Fixed neutral texts for demonstration records, in Spanish. Nobody said them; they tell no story."""

from typing import NamedTuple


class GoalText(NamedTuple):
    """A goal of a plan: domain, who works on it, the words, how it is seen, what is done."""

    domain: str
    discipline: str
    words: str
    measure: str
    action: str


GOALS = (
    GoalText(
        "symptoms", "psychology", "Quiero dormir mejor y sentir menos miedo.",
        "PCL-5 baja 15 puntos en 12 semanas", "Sesiones individuales cada semana",
    ),
    GoalText(
        "meaning", "psychology", "Quiero volver a hacer planes.",
        "Retoma una actividad que le importa", "Trabajo sobre proyecto de vida",
    ),
    GoalText(
        "psychiatric", "psychiatry", "Quiero tomar el tratamiento sin olvidos.",
        "Toma el tratamiento 8 de cada 10 días", "Control mensual del tratamiento",
    ),
    GoalText(
        "physical", "medical", "Quiero cuidar mi salud y entender mi tratamiento.",
        "Asiste a sus controles", "Control médico cada mes",
    ),
    GoalText(
        "pain_function", "physiotherapy", "Quiero caminar sin dolor.",
        "Camina 30 minutos con dolor de 3 o menos", "Fisioterapia una vez por semana",
    ),
    GoalText(
        "legal", "social_work", "Quiero terminar mi trámite.",
        "Tiene su constancia vigente", "Acompañar a la siguiente cita del trámite",
    ),
    GoalText(
        "housing", "social_work", "Quiero un lugar estable para vivir.",
        "Renta un cuarto a su nombre", "Buscar opciones de vivienda",
    ),
    GoalText(
        "livelihood", "social_work", "Quiero trabajar y mantenerme.",
        "Ocho semanas con trabajo pagado", "Enlace con el centro de empleo",
    ),
    GoalText(
        "social", "health_promotion", "Quiero conocer gente y salir más.",
        "Participa en un grupo cada semana", "Invitar a los talleres del centro",
    ),
    GoalText(
        "daily_life", "health_promotion", "Quiero moverme por la ciudad sin ayuda.",
        "Usa el transporte por su cuenta", "Recorridos acompañados",
    ),
)  # fmt: skip

WAIVER = "Permanencia en la zona por confirmar; el equipo acuerda iniciar la atención."
EXIT_ADMINISTRATIVE = "Acuerdo con el equipo por reglas de convivencia."
EXIT_PLANS = (
    "Continúa con los servicios de la comunidad; sabe cómo volver al centro.",
    "Seguimiento por el servicio de salud cercano a su domicilio.",
    "Mantiene sus redes de apoyo; puede pedir cita si lo necesita.",
)
NO_FINAL_SCORES = "La persona no acudió a la sesión final."
FEW_PRESENT = "Parte del equipo en capacitación."

SUMMARIES = (
    "Persona en seguimiento por el equipo móvil. Requiere atención de varias disciplinas.",
    "Se observa afectación en la vida diaria. Acepta la canalización y puede acudir.",
    "Acude por su propia decisión. Se explicó el servicio y sus dudas fueron resueltas.",
    "Necesidades identificadas en consulta; se solicita valoración y seguimiento.",
)
PARTNER_SUMMARIES = (
    "Se solicita atención del servicio. La persona conoce el lugar y la hora.",
    "Se solicita valoración. La persona lleva su tarjeta.",
)
WHEREABOUTS = (
    "Se queda cerca del punto de atención.", "Duerme en el mismo albergue.", "Con familiares.",
)  # fmt: skip
LOWERED = "Valorada hoy por el equipo: sin urgencia mayor."
HANDOVER = "Guardia del equipo receptor"
QUESTION = "¿Puede acudir entre semana por la mañana?"
ANSWER = "Sí, por la mañana."
ALTERNATIVE = "Se orientó a un servicio cercano y a la siguiente salida del equipo."
ANSWERS_ARRIVED = (
    "Llegó y fue admitida en el centro. Inició su proceso de atención.",
    "Inició su proceso; plan de atención en elaboración con la persona.",
)
ANSWERS_SERVED = (
    "Recibió la atención solicitada.",
    "Atendida; se acordó seguimiento en el mismo servicio.",
)
ANSWERS_LOST = (
    "No fue posible iniciar la atención. El equipo móvil puede retomar el contacto.",
    "Cerrada sin atención; puede canalizarse de nuevo.",
)
ANSWERS_DECLINED = ("No se aceptó por el motivo indicado; se propone otra opción.",)
DANGER = "Riesgo vital inmediato; se informó al servicio de urgencias."
CANCELLED = "La persona resolvió su necesidad por otra vía."
NOTE = "La persona confirma que asistirá."
