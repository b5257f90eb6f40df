namespace ModelChecking;

/// <summary>
/// A transition system, and what is claimed of it. A specification lays out its variables, gives its initial states and the steps out of a
/// state, and says which states are within bounds. The checker knows nothing else of it.
/// </summary>
public abstract class Specification
{
    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>Where its variables lie in a state.</summary>
    public StateLayout Layout { get; } = new();

    /// <summary>The names of its actions; steps name them by their position.</summary>
    public abstract IReadOnlyList<string> Actions { get; }

    /// <summary>
    /// Whether an action may fire at all, as the options and bounds of the specification are: if not, it is no surprise that it never does.
    /// </summary>
    /// <param name="action">The action, by position.</param>
    public virtual bool CanFire(int action) => true;

    /// <summary>What must hold in every state.</summary>
    public virtual IReadOnlyList<Invariant> Invariants => [];

    /// <summary>What must hold of every step.</summary>
    public virtual IReadOnlyList<ActionProperty> ActionProperties => [];

    /// <summary>What must hold in some state that is reached: else the specification does not do what it is for.</summary>
    public virtual IReadOnlyList<Sometimes> Reachable => [];

    /// <summary>
    /// The scalarsets whose members are interchangeable. A state and the same state with its members renamed behave alike, and symmetry
    /// reduction counts both as one.
    /// </summary>
    public virtual IReadOnlyList<Scalarset> SymmetricScalarsets => [];

    /// <summary>
    /// The invariants read only so many of the first words of a state: a step that changes none of these keeps them. By default, all words.
    /// </summary>
    public virtual int WordsThatInvariantsRead => Layout.Words;

    /// <summary>Adds the initial states.</summary>
    /// <param name="initial">Where to.</param>
    public abstract void Init(Successors initial);

    /// <summary>Adds every step that is enabled in a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="next">Where to. A step that changes nothing is a step too.</param>
    public abstract void Next(State state, Successors next);

    /// <summary>
    /// Whether a state is within bounds (TLC's CONSTRAINT). One that is not is checked against the invariants, but neither counted nor
    /// explored.
    /// </summary>
    /// <param name="state">The state.</param>
    public virtual bool IsWithinBounds(State state) => true;

    /// <summary>A step, for people.</summary>
    /// <param name="action">Its action, by position.</param>
    /// <param name="first">The first argument that it was given.</param>
    /// <param name="second">The second.</param>
    /// <param name="before">The state that it leaves.</param>
    public virtual string Describe(int action, int first, int second, State before) => Actions[action];

    /// <summary>A state, for people: what is worth showing, by name. What changes in a step is shown by comparing two of these.</summary>
    /// <param name="state">The state.</param>
    public abstract IEnumerable<KeyValuePair<string, string>> Describe(State state);
}

/// <summary>What must hold in every state.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record Invariant(string Name, StatePredicate Holds);

/// <summary>What must hold of every step, also of one that leaves the bounds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record ActionProperty(string Name, StepPredicate Holds);

/// <summary>What must hold in some state that is reached.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record Sometimes(string Name, StatePredicate Holds);
