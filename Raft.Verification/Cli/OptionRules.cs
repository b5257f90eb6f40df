using System.CommandLine;

namespace Raft.Verification.Cli;

/// <summary>What an option of the command line takes.</summary>
internal static class OptionRules
{
    /// <summary>Has an option refuse what it does not take, with an error that says what it takes.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether it takes a value.</param>
    /// <param name="what">What it takes, in words.</param>
    public static void Require<T>(this Option<T> option, Func<T?, bool> holds, string what) =>
        option.Validators.Add(result =>
        {
            try
            {
                if (!holds(result.GetValueOrDefault<T>()))
                {
                    result.AddError($"{option.Name} takes {what}");
                }
            }
            catch (InvalidOperationException)
            {
                // It is not even a number.
                result.AddError($"{option.Name} takes {what}");
            }
        });
}
