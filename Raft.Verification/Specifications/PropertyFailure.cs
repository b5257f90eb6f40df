using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Raft.Verification.Specifications;

/// <summary>A scenario saw that a property does not hold.</summary>
/// <param name="property">The property, by its name.</param>
/// <param name="message">What was expected, and what was seen.</param>
public class PropertyFailure(string property, string message) : Exception(message)
{
    /// <summary>The property.</summary>
    public string Property => property;

    /// <summary>Fails unless something holds.</summary>
    /// <exception cref="PropertyFailure">It does not.</exception>
    internal static void Unless([DoesNotReturnIf(false)] bool holds, string property, [InterpolatedStringHandlerArgument(nameof(holds))] ref FailureText otherwise)
    {
        if (!holds)
        {
            throw new PropertyFailure(property, otherwise.ToString());
        }
    }

    /// <summary>Fails unless a call throws one kind of exception, or gives back a task that has failed with it.</summary>
    /// <exception cref="PropertyFailure">It fails with another one, or does not fail.</exception>
    internal static void UnlessFails<T>(Func<Task> call, string property, string what)
        where T : Exception
    {
        var failure = FailureOf(call);
        Unless(
            failure?.GetType() == typeof(T),
            property,
            $"{what}: expected {typeof(T).Name}, got {failure?.GetType().Name ?? "no exception"}.");
    }

    /// <summary>What a call throws, or what the task that it returns has failed with; null if it has not failed.</summary>
    internal static Exception? FailureOf(Func<object> call)
    {
        try
        {
            return (call() as Task)?.Exception?.InnerException;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}

/// <summary>What a failure says, as an interpolated string that is put together only where there is one.</summary>
[InterpolatedStringHandler]
internal ref struct FailureText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Begins the text; given by the compiler.</summary>
    public FailureText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    /// <summary>A constant part.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>A value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text.</summary>
    public override string ToString() => _text.ToStringAndClear();
}
