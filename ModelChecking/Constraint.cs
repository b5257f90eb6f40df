namespace ModelChecking;

/// <summary>Bounds of a state, as limits of single variables and bags: TLC's CONSTRAINT.</summary>
public sealed class Constraint
{
    private readonly List<(Variable Variable, int Max)> _variables = [];
    private readonly List<(Bag Bag, int All, int Each)> _bags = [];

    internal IReadOnlyList<(Variable Variable, int Max)> Variables => _variables;

    internal IReadOnlyList<(Bag Bag, int All, int Each)> Bags => _bags;

    /// <summary>Limits a variable, in each of its rows. It has no columns.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="max">Its greatest value within bounds.</param>
    /// <returns>This constraint.</returns>
    public Constraint AtMost(Variable variable, int max)
    {
        _variables.Add((variable, max));
        return this;
    }

    /// <summary>Limits the number of messages in a bag.</summary>
    /// <param name="bag">The bag.</param>
    /// <param name="all">The most messages, counting copies.</param>
    /// <param name="each">The most copies of one message.</param>
    /// <returns>This constraint.</returns>
    public Constraint AtMost(Bag bag, int all, int each)
    {
        _bags.Add((bag, all, each));
        return this;
    }

    /// <summary>Whether a state is within bounds.</summary>
    /// <param name="state">The state.</param>
    public bool Holds(State state)
    {
        foreach (var (variable, max) in _variables)
        {
            for (var row = 0; row < variable.Rows; row++)
            {
                if (variable[state, row] > max)
                {
                    return false;
                }
            }
        }

        foreach (var (bag, all, each) in _bags)
        {
            if (!bag.HoldsAtMost(state, all, each))
            {
                return false;
            }
        }

        return true;
    }
}
