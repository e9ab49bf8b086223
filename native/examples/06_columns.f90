! A host code: columns of air, and a learned kernel that says how strongly each layer of each column absorbs.
!
!     06_columns BUNDLE [COLUMNS [LAYERS]]      by default 4 columns of 30 layers
!
! BUNDLE is the folder of a network on rows, such as one of gas optics: its inputs are filled by their names, its answers
! are taken per mole of air. The host keeps each quantity in an array of its own; they are gathered into rows once a call,
! and all columns are asked about together.
program columns
    use inloop
    use, intrinsic :: iso_fortran_env, only: real64
    implicit none
    integer, parameter :: wp = real64
    real(wp), parameter :: gravity = 9.80665_wp, molar_mass = 0.028970_wp ! of air, kg/mol
    type(inloop_rows) :: kernel
    real(wp), allocatable :: pressure(:, :), temperature(:, :), water(:, :), moles(:, :) ! (layers, columns)
    real(wp), allocatable :: rows(:, :, :)                                               ! (inputs, layers, columns)
    real(wp), allocatable :: depth(:, :, :)                                              ! (terms, layers, columns)
    integer :: n, layers, i, column

    n = number(2, 4)
    layers = number(3, 30)
    if (command_argument_count() < 1 .or. n < 1 .or. layers < 2) error stop '06_columns BUNDLE [COLUMNS [LAYERS]]'
    call inloop_open_rows(kernel, argument(1)) ! once, not every step
    call set_up()
    allocate (rows(kernel%inputs, layers, n), depth(kernel%outputs, layers, n))
    do i = 1, kernel%inputs
        rows(i, :, :) = values(inloop_input_name(kernel, i))
    end do
    call inloop_run_rows(kernel, rows, depth, factor=moles)
    print '(a, i0, a, i0)', 'inputs, terms: ', kernel%inputs, ' ', kernel%outputs
    do column = 1, n
        print '(a, 3es25.16e3)', 'depth of the first term, of the last, mean share let through: ', &
            sum(depth(1, :, column)), sum(depth(kernel%outputs, :, column)), &
            sum(exp(-sum(depth(:, :, column), 2)))/kernel%outputs
    end do
    call inloop_close(kernel)

contains

    ! Columns from the ground, in layers of equal mass: warmer and moister from one to the next.
    subroutine set_up()
        real(wp), parameter :: ground = 1.0e5_wp
        real(wp) :: warmth
        integer :: k

        allocate (pressure(layers, n), temperature(layers, n), water(layers, n), moles(layers, n))
        do column = 1, n
            warmth = 275 + 25*(column - 1)/real(max(n - 1, 1), wp)
            do k = 1, layers
                pressure(k, column) = ground*(1 - (k - 0.5_wp)/layers)
                temperature(k, column) = max(warmth*(pressure(k, column)/ground)**0.19_wp, 205.0_wp)
                water(k, column) = max(0.02_wp*(warmth/300)**18*(pressure(k, column)/ground)**3, 4e-6_wp)
            end do
        end do
        moles = ground/layers/(gravity*molar_mass)
    end subroutine

    ! What the host knows by this name.
    function values(name)
        character(*), intent(in) :: name
        real(wp) :: values(layers, n)

        select case (name)
        case ('pressure')
            values = pressure
        case ('temperature')
            values = temperature
        case ('h2o')
            values = water
        case ('o3')
            values = 1e-6_wp
        case ('co2')
            values = 4.2e-4_wp
        case ('ch4')
            values = 1.9e-6_wp
        case ('n2o')
            values = 3.3e-7_wp
        case ('cfc11')
            values = 2.2e-10_wp
        case ('cfc12')
            values = 5.0e-10_wp
        case default
            error stop '06_columns: this host has no '//name
        end select
    end function

    function argument(k) result(text)
        integer, intent(in) :: k
        character(:), allocatable :: text
        integer :: length

        call get_command_argument(k, length=length)
        allocate (character(length) :: text)
        call get_command_argument(k, text)
    end function

    integer function number(k, fallback)
        integer, intent(in) :: k, fallback
        character(:), allocatable :: text
        integer :: wrong

        number = fallback
        if (command_argument_count() < k) return
        text = argument(k)
        read (text, *, iostat=wrong) number
        if (wrong /= 0) error stop '06_columns: COLUMNS and LAYERS are numbers'
    end function

end program
