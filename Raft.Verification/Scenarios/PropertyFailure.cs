namespace Raft.Verification.Scenarios;

/// <summary>A scenario saw that a property does not hold.</summary>
/// <param name="property">The property, by its name.</param>
/// <param name="message">What was expected, and what was seen.</param>
public sealed class PropertyFailure(string property, string message) : Exception(message)
{
    /// <summary>The property.</summary>
    public string Property => property;

    /// <summary>Fails unless something holds.</summary>
    /// <exception cref="PropertyFailure">It does not.</exception>
    internal static void Unless(bool holds, string property, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new PropertyFailure(property, otherwise.ToString());
        }
    }

    /// <summary>Fails unless a call throws one kind of exception, and no other.</summary>
    /// <exception cref="PropertyFailure">It throws another one, or none.</exception>
    internal static void UnlessThrows<T>(Action call, string property, string what)
        where T : Exception
    {
        Exception? thrown = null;
        try
        {
            call();
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        Unless(thrown?.GetType() == typeof(T), property, $"{what}: expected {typeof(T).Name}, got {thrown?.GetType().Name ?? "no exception"}.");
    }
}
